"""What holds for every input, searched with hypothesis."""

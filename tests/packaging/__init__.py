"""What is published: the metadata and the wheel."""

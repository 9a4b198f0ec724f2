"""What type checkers must accept and must refuse in users' code."""

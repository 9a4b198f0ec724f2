"""What type checkers must accept and must reject in users' code."""

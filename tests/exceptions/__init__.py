"""Tests of the exception tree and of what each exception tells."""

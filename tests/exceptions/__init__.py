"""Tests of what each exception tells."""

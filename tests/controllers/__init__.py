"""Tests of what the four methods send, refuse, return and raise."""

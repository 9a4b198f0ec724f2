"""Tests of what the four methods send, reject, return and raise."""

"""Tests of the five credentials."""

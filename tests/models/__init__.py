"""Tests of the models and enums."""

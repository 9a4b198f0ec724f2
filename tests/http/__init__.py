"""Tests of the request and response objects that users see."""

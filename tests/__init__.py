"""The tests of payrix_sessions; the folders mirror the package."""

"""The tools that users already have see our calls, and what they stop never leaves the process."""

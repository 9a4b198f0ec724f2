"""Tests of the transport against real sockets: what a mock cannot do (sleep, trickle, reset, hang up)."""

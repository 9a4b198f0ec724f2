"""Helpers that tests of several folders share: servers on real sockets, and a search for leaked secrets."""

"""The credentials: one file a kind, each naming the header that carries it."""

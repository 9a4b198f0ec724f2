"""The HTTP side: what goes on the wire and what comes back."""

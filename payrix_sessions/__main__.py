"""The command ``python -m payrix_sessions``: tells the version."""

import argparse

from payrix_sessions.version import __version__

_parser = argparse.ArgumentParser(prog="payrix_sessions", description="The Payrix Sessions API for Python.")
_parser.add_argument("--version", action="version", version=f"payrix-sessions {__version__}")
_parser.parse_args()
_parser.print_help()

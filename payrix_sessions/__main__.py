"""The command ``python -m payrix_sessions``: tells the version."""

import argparse

from payrix_sessions.version import __version__

parser = argparse.ArgumentParser(prog="payrix_sessions", description="The Payrix Sessions API for Python.")
parser.add_argument("--version", action="version", version=f"payrix-sessions {__version__}")
parser.parse_args()
parser.print_help()

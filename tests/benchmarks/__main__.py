"""Run the benchmarks: ``python -m tests.benchmarks [--rounds N] [suite ...]``."""

import argparse
import os

from tests.benchmarks.suites import SUITES


def main() -> None:
    """Measure what the command line asks for and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure payrix_sessions.")
    parser.add_argument("suites", nargs="*", metavar="suite", help=f"one of {', '.join(SUITES)} (default: all)")
    parser.add_argument("--rounds", type=int, default=21, help="rounds of each comparison (default: 21)")
    options = parser.parse_args()
    if unknown := set(options.suites) - set(SUITES):
        parser.error(f"no such suite: {', '.join(sorted(unknown))}")
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")

    # A proxy of the environment would stand between the candidates and the loopback server.
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]

    for name in options.suites or SUITES:
        SUITES[name](options.rounds)


if __name__ == "__main__":
    main()

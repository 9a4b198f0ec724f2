"""Run the benchmarks: ``python -m tests.benchmarks [--quick] [--rounds N] [--json] [suite ...]``."""

import argparse
import os

from tests.benchmarks.report import as_json, as_text
from tests.benchmarks.suites import SUITES, Effort


def main() -> None:
    """Measure what the command line asks for and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure payrix_sessions.")
    parser.add_argument("suites", nargs="*", metavar="suite", help=f"one of {', '.join(SUITES)} (default: all)")
    parser.add_argument("--rounds", type=int, default=21, help="rounds of each comparison (default: 21)")
    parser.add_argument("--quick", action="store_true", help="few rounds and calls: to see that it runs")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    options = parser.parse_args()
    if unknown := set(options.suites) - set(SUITES):
        parser.error(f"no such suite: {', '.join(sorted(unknown))}")
    if options.rounds < 2:
        parser.error("--rounds must be at least 2")

    # A proxy of the environment would stand between the candidates and the loopback server.
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]

    effort = Effort(rounds=5, scale=0.2) if options.quick else Effort(rounds=options.rounds)
    tables = [table for name in options.suites or SUITES for table in SUITES[name](effort)]
    print(as_json(tables, rounds=effort.rounds) if options.json else as_text(tables))


if __name__ == "__main__":
    main()

"""The command `payrix-sandbox`, also `python -m payrix_sessions.sandbox`: a sandbox until Ctrl-C."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from . import Sandbox

_GREETING = """\
Payrix Sessions sandbox on {0.base_url} (Ctrl-C stops it)

  APIKEY         {0.api_key}
  SESSIONKEY     {0.session_key}
  TXNSESSIONKEY  {0.txn_session_key}
  USERNAME       {0.username}
  PASSWORD       {0.password}

Try it from a shell:

  curl -H 'APIKEY: {0.api_key}' {0.base_url}/sessions

or from Python:

  from payrix_sessions import ApiKeyCredentials, Client

  client = Client(
      base_url="{0.base_url}",
      api_key_credentials=ApiKeyCredentials("{0.api_key}"),
  )
  print(client.sessions.get_sessions().body)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sandbox until it is interrupted or terminated; return the exit status, 2 if it cannot run."""
    options = vars(_parser().parse_args(arguments))
    log = _print_line if options.pop("log") else None
    stopped = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        with Sandbox(log=log, **options) as sandbox:
            _print_line(_GREETING.format(sandbox))
            stopped.wait()
    except OSError as error:
        return _complain(str(error.strerror))
    except ValueError as error:
        return _complain(str(error).replace("allow_remote=True", "--allow-remote"))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="payrix-sandbox", description="A Payrix Sessions API on this machine, with fake credentials."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--allow-remote", action="store_true", help="permit a --host that other machines can reach")
    parser.add_argument(
        "--seed", type=int, help="make ids, keys and times the same in every run (default: random, real time)"
    )
    parser.add_argument("--sessions", type=int, default=0, metavar="N", help="start with N sessions")
    parser.add_argument("--strict", action="store_true", help="answer as the published description says")
    parser.add_argument("--rate-limit", action="store_true", help="1,000 requests in ten seconds, no more")
    parser.add_argument("--log", action="store_true", help="print a line for each request")
    return parser


def _complain(complaint: str) -> int:
    print(f"payrix-sandbox: {complaint}", file=sys.stderr)
    return 2


def _print_line(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())

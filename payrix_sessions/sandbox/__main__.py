"""The command `payrix-sandbox`, also `python -m payrix_sessions.sandbox`: a sandbox until Ctrl-C."""

import argparse
import contextlib
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from payrix_sessions.sandbox.hosts import is_reachable_from_outside

if TYPE_CHECKING:
    from payrix_sessions.sandbox import Sandbox

# Windows cannot interrupt a wait without an end.
_WAIT_SECONDS = 1.0

_GREETING = """\
Payrix Sessions sandbox on {url} (Ctrl-C stops it)

  APIKEY         {sandbox.api_key}
  SESSIONKEY     {sandbox.session_key}
  TXNSESSIONKEY  {sandbox.txn_session_key}
  USERNAME       {sandbox.username}
  PASSWORD       {sandbox.password}
  login          {sandbox.login}

From a shell:

  export {exports}
  curl {trust}-H "APIKEY: $PAYRIX_API_KEY" "$PAYRIX_BASE_URL/sessions"
  curl {trust}-H "APIKEY: $PAYRIX_API_KEY" -H 'Content-Type: application/json' \\
    -d '{{"login": "{sandbox.login}", "public": 1}}' "$PAYRIX_BASE_URL/sessions"

Steer it from there:

  curl {trust}"$PAYRIX_BASE_URL/_sandbox"
  curl {trust}"$PAYRIX_BASE_URL/_sandbox/requests?last=1"
  curl {trust}-d '{{"status": 503, "on": "POST /sessions"}}' "$PAYRIX_BASE_URL/_sandbox/faults"
  curl {trust}-d '{{"minutes": 31}}' "$PAYRIX_BASE_URL/_sandbox/clock"
  curl {trust}-X POST "$PAYRIX_BASE_URL/_sandbox/reset"

{python}{remote}"""

_PYTHON = """\
From Python:

{imports}  from payrix_sessions import ApiKeyCredentials, Client

  client = Client(
      base_url="{url}",
      api_key_credentials=ApiKeyCredentials("{sandbox.api_key}"),
  )
  print(client.sessions.get_sessions().body)
"""

_TRUST = """\
  import os
  os.environ["REQUESTS_CA_BUNDLE"] = {ca_file!r}

"""

_NO_PYTHON = "The Python client sends credentials over plain http to this machine only; start the sandbox with --tls.\n"

_REMOTE = """
From other machines: {scheme}://NAME:{port}, where NAME is {condition}
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sandbox until it is interrupted or terminated; return the exit status, 2 if it cannot run."""
    options = vars(_parser().parse_args(arguments))
    try:
        from payrix_sessions.sandbox import Sandbox  # noqa: PLC0415 - without the extra this raises
    except ImportError as error:
        return _complain(str(error))
    files = options.pop("tls")
    if files is not None and len(files) not in (0, 2):
        return _complain("--tls takes no files, or two: CERT KEY")
    options["tls"] = tuple(files) if files else files is not None
    log = _print_line if options.pop("log") else None
    # An event may not be set in a signal handler: the wait that it interrupts holds the lock.
    signals: SimpleQueue[int] = SimpleQueue()

    def stop(number: int, _frame: object) -> None:
        signals.put(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        with Sandbox(log=log, **options) as sandbox:
            _print_line(_greeting(sandbox, allow_remote=options["allow_remote"]))
            _wait_for(signals)
    except OSError as error:
        return _complain(f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror))
    except ValueError as error:
        return _complain(str(error).replace("allow_remote=True", "--allow-remote"))
    return 0


def _wait_for(signals: SimpleQueue[int]) -> None:
    while True:
        with contextlib.suppress(Empty):
            signals.get(timeout=_WAIT_SECONDS)
            return


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="payrix-sandbox", description="A Payrix Sessions API on this machine, with fake credentials."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--allow-remote", action="store_true", help="permit a --host that other machines can reach")
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        dest="allowed_hosts",
        metavar="NAME",
        help="a host name that others use for it, for control routes and the certificate; may be repeated",
    )
    parser.add_argument(
        "--tls",
        nargs="*",
        metavar=("CERT", "KEY"),
        help="speak HTTPS with these PEM files, or with a certificate made on the spot",
    )
    parser.add_argument(
        "--ca-file", metavar="PATH", help="where --tls writes the certificate to trust (default: a temporary file)"
    )
    parser.add_argument("--seed", type=int, help="the same ids and keys in every run (default: random ones)")
    parser.add_argument(
        "--clock", choices=("fixed", "real"), help="time (default: fixed, from March 2025, with --seed; else real)"
    )
    parser.add_argument("--sessions", type=int, default=0, metavar="N", help="start with N sessions")
    parser.add_argument(
        "--expired", choices=("gone", "listed"), default="gone", help="expired sessions (default: %(default)s)"
    )
    parser.add_argument("--strict", action="store_true", help="respond as the published description says")
    parser.add_argument("--rate-limit", action="store_true", help="1,000 requests for a path in ten seconds, no more")
    parser.add_argument(
        "--invalid-auth-status",
        type=int,
        default=400,
        metavar="N",
        help="HTTP status for rejected credentials, 400 or 401 (default: %(default)s)",
    )
    parser.add_argument("--log", action="store_true", help="print a line for each request")
    return parser


def _greeting(sandbox: "Sandbox", *, allow_remote: bool) -> str:
    url, ca_file = sandbox.base_url, sandbox.ca_file
    parts = urlsplit(url)
    reaches_python = parts.scheme == "https" or not is_reachable_from_outside(str(parts.hostname))
    imports = _TRUST.format(ca_file=ca_file) if ca_file else ""
    condition = "a name or an address of this machine; the Python client needs --tls there"
    if ca_file:
        condition = f"one that the certificate holds, such as an --allowed-host; give them {ca_file}"
    return _GREETING.format(
        sandbox=sandbox,
        url=url,
        exports=" ".join(f"{name}={shlex.quote(value)}" for name, value in sandbox.environment.items()),
        trust='--cacert "$REQUESTS_CA_BUNDLE" ' if ca_file else "",
        python=_PYTHON.format(sandbox=sandbox, url=url, imports=imports) if reaches_python else _NO_PYTHON,
        remote=_REMOTE.format(scheme=parts.scheme, port=parts.port, condition=condition) if allow_remote else "",
    )


def _complain(complaint: str) -> int:
    print(f"payrix-sandbox: {complaint}", file=sys.stderr)
    return 2


def _print_line(line: str) -> None:
    try:
        # One string, since the lines of several threads may meet.
        print(f"{line}\n", end="", flush=True)
    except BrokenPipeError:  # nobody reads on, as in `payrix-sandbox | head`; responses go on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())

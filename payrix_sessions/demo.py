"""The main job in front of you, `python -m payrix_sessions.demo`: create a session, get it, list sessions, delete it.

It talks to a sandbox on this machine, and to the real API only when told to. What it created it deletes. Each step
prints the call as you would write it, and what went over the wire, redacted.
"""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from payrix_sessions.client import Client
from payrix_sessions.configuration import Environment, is_loopback
from payrix_sessions.exceptions import APIException, PayrixException
from payrix_sessions.http.auth.api_key import ApiKeyCredentials
from payrix_sessions.http.http_request import HttpRequest
from payrix_sessions.http.http_response import HttpResponse
from payrix_sessions.models.session_public_enum import SessionPublicEnum
from payrix_sessions.models.sessions_post_request import SessionsPostRequest
from payrix_sessions.request_tokens import new_request_token

_WIDTH = 100  # columns
_LONGEST = 600  # characters of a body that are shown
_TEST_HOSTS = {Environment.SANDBOX.value, Environment.CANADA_SANDBOX.value}


class _Wire:
    """Prints what goes out and what comes in."""

    def on_before_request(self, request: HttpRequest) -> None:
        lines = [f"{request.http_method} {request.query_url}"]
        shown = [name for name in ("request-token", "search", "totals") if name in request.headers]
        lines += [f"{name}: {request.headers[name]}" for name in shown]
        _print_wire(">", [*lines, request.parameters or ""])

    def on_after_response(self, http_response: HttpResponse) -> None:
        body = http_response.text
        shown = body if len(body) <= _LONGEST else f"{body[:_LONGEST]}... ({len(body)} characters)"
        _print_wire("<", [f"{http_response.status_code} {http_response.reason_phrase}", shown])


def _print(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")


def _print_wire(mark: str, lines: list[str]) -> None:
    for line in filter(None, lines):
        _print(textwrap.fill(line, _WIDTH, initial_indent=f"  {mark} ", subsequent_indent="      "))


def _print_step(title: str, call: str) -> None:
    _print(f"\n{title}: {call}")


def _check_host(client: Client, *, production: bool) -> None:
    url = client.config.get_base_uri()
    if url not in _TEST_HOSTS and not is_loopback(urlsplit(url).hostname or "") and not production:
        raise PermissionError(f"{url} is not a test environment; add --production to create a session there")


@contextmanager
def _connected(*, real: bool, production: bool) -> Generator[tuple[Client, str | None], None, None]:
    """Yield a client, and the login that is to own the session."""
    if real:
        with Client.from_environment(http_call_back=_Wire()) as client:
            _check_host(client, production=production)
            _print(f"The real API at {client.config.get_base_uri()}.")
            yield client, os.environ.get("PAYRIX_LOGIN") or None
        return
    from payrix_sessions.sandbox import Sandbox  # noqa: PLC0415  (the real API needs no sandbox)

    with Sandbox(seed=None, sessions=2) as sandbox, sandbox.client(http_call_back=_Wire()) as client:
        _print(f"A sandbox on this machine, {sandbox.base_url}. With --real: the real API, as PAYRIX_API_KEY and the")
        _print("other PAYRIX_... variables say; PAYRIX_LOGIN is the id of the login that is to own the session.")
        yield client, sandbox.login


def _clean_up(client: Client, session_id: str) -> None:
    """Delete the session after a failure, without hiding that failure."""
    try:
        client.sessions.delete_sessions_id(session_id, request_token=new_request_token("demo")).raise_for_errors()
    except PayrixException as exception:
        sys.stderr.write(f"\nSession {session_id} could not be deleted, please delete it yourself: {exception}\n")


def _demonstrate(client: Client, login: str | None) -> None:
    sessions = client.sessions
    body = SessionsPostRequest(login=login, public=SessionPublicEnum.PUBLICACCESS)
    given = "public=1" if login is None else f'login="{login}", public=1'
    _print_step("Create", f"client.sessions.post_sessions(SessionsPostRequest({given}), new_request_token())")
    session = sessions.post_sessions(body, request_token=new_request_token("demo")).one()
    is_deleted = False
    try:
        _print("  The new session's key is what you came for. Whatever prints it shows ***.")

        _print_step("Get", f'client.sessions.get_sessions_id("{session.id}")')
        sessions.get_sessions_id(session.id).one()

        search = "public[equals]=1&created[sort]=desc"
        _print_step("List", f'client.sessions.get_sessions(search="{search}", totals="count[]=id", page_limit=1)')
        sessions.get_sessions(search=search, totals="count[]=id", page_limit=1).raise_for_errors()

        _print_step("Delete", f'client.sessions.delete_sessions_id("{session.id}", request_token=new_request_token())')
        sessions.delete_sessions_id(session.id, request_token=new_request_token("demo")).raise_for_errors()
        is_deleted = True
    finally:
        if not is_deleted:
            _clean_up(client, session.id)

    _print_step("Look again", f'client.sessions.get_sessions_id("{session.id}")')
    if sessions.get_sessions_id(session.id).raise_for_errors().body.data:
        raise RuntimeError("the session still exists after it was deleted")

    _print_step("Try a wrong key", 'client.with_options(api_key_credentials=ApiKeyCredentials("not-the-key"))')
    try:
        client.with_options(api_key_credentials=ApiKeyCredentials("not-the-key")).sessions.get_sessions()
    except APIException as exception:
        _print(f"  {type(exception).__name__}: {exception}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo.

    Args:
        arguments: The arguments of the command (default: those of the process).

    Returns:
        The exit status: 0 when everything went well, else 1.
    """
    parser = argparse.ArgumentParser(
        prog="python -m payrix_sessions.demo", description="Create, get, list and delete a session."
    )
    parser.add_argument("--real", action="store_true", help="at the real API, as the PAYRIX_... variables say")
    parser.add_argument("--production", action="store_true", help="with --real: also outside of the test environments")
    options = parser.parse_args(arguments)
    try:
        with _connected(real=options.real, production=options.production) as (client, login):
            _demonstrate(client, login)
    except (PayrixException, RuntimeError, ImportError, OSError) as exception:
        sys.stdout.flush()
        sys.stderr.write(f"\nThe demo failed: {type(exception).__name__}: {exception}\n")
        return 1
    _print("\nDone.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

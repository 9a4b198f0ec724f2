"""Shows the main job: create a session, get it, list sessions, delete it, look again, and be refused.

It starts a sandbox on this machine and talks to that. With PAYRIX_API_KEY set it talks to the real API instead, as
the other PAYRIX_... variables say; PAYRIX_LOGIN, if set, is the id of the login that shall own the session.
"""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

from payrix_sessions import (
    APIException,
    ApiKeyCredentials,
    Client,
    PayrixException,
    Search,
    SessionPublicEnum,
    SessionsPostRequest,
    Totals,
    new_request_token,
)

BOLD, PLAIN = ("\033[1m", "\033[0m") if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ("", "")


def title(text: str, code: str) -> None:
    """Announce a step and the code that it runs."""
    print(f"\n{BOLD}{text}{PLAIN}\n    {code}\n")


def show(*values: object) -> None:
    """Print below the code, indented."""
    for value in values:
        print("\n".join(f"    | {line}" for line in str(value).splitlines()))


@contextmanager
def connected() -> Generator[tuple[Client, str | None], None, None]:
    """Give a client, and the login for the session: of the sandbox, or what the environment says."""
    if os.environ.get("PAYRIX_API_KEY", "").strip():
        with Client.from_environment() as client:
            print(f"This talks to the real API at {client.config.get_base_uri()}.")
            yield client, os.environ.get("PAYRIX_LOGIN") or None
        return
    from payrix_sessions.sandbox import Sandbox  # noqa: PLC0415 - the real API needs no sandbox

    with Sandbox(seed=None, sessions=3) as sandbox, sandbox.client() as client:
        print(f"This talks to a sandbox on this machine, {sandbox.base_url}.")
        print("Set PAYRIX_API_KEY to talk to the real API.")
        yield client, sandbox.login


def clean_up(client: Client, session_id: str) -> None:
    """Delete the session after a failure, without hiding that failure."""
    try:
        client.sessions.delete_sessions_id(session_id, request_token=new_request_token("demo")).raise_for_errors()
    except PayrixException as exception:
        print(f"\nSession {session_id} could not be deleted; please do that yourself: {exception}", file=sys.stderr)


def demonstrate(client: Client, login: str | None) -> None:
    """Go through the steps; what was created is deleted, whatever happens."""
    sessions = client.sessions

    title("1. Create a session", "client.sessions.post_sessions(SessionsPostRequest(...), request_token=...)")
    body = SessionsPostRequest(login=login, public=SessionPublicEnum.PUBLICACCESS)
    created = sessions.post_sessions(body, request_token=new_request_token("demo")).raise_for_errors()
    session = created.body.data[0] if created.body.data else None
    if session is None or not session.id:
        raise RuntimeError("the API said that it created a session, and did not say which")
    exists = True
    try:
        show(session)

        title("2. Get it", f'client.sessions.get_sessions_id("{session.id}")')
        found = sessions.get_sessions_id(session.id).raise_for_errors()
        show(found, f"request id: {found.request_id}, attempts: {found.attempts}")

        search = Search("created").greater("2025-01-01") & Search("created").sort("desc")
        totals = Totals.count("id")
        title("3. List sessions", f'client.sessions.get_sessions("{search}", totals="{totals}", page_limit=5)')
        page = sessions.get_sessions(search=search, totals=totals, page_limit=5).raise_for_errors()
        for listed in page.body.data:
            flag = listed.public.name if isinstance(listed.public, SessionPublicEnum) else listed.public
            show(f"{listed.id}  {listed.created}  {flag}")
        show(page.body.response.details if page.body.response else None)

        title("4. Delete it", f'client.sessions.delete_sessions_id("{session.id}", request_token=...)')
        deleted = sessions.delete_sessions_id(session.id, request_token=new_request_token("demo")).raise_for_errors()
        exists = False
        show(f"deleted: {', '.join(gone.id or 'without an id' for gone in deleted.body.data) or 'nothing'}")
    finally:
        if exists:
            clean_up(client, session.id)

    title("5. Look again", f'client.sessions.get_sessions_id("{session.id}")')
    again = sessions.get_sessions_id(session.id).raise_for_errors()
    show(f"body.data: {again.body.data!r}  (an id that does not exist is no error to the API)")
    if again.body.data:
        raise RuntimeError("the session is still there after it was deleted")

    title("6. Be refused", 'client.with_options(api_key_credentials=ApiKeyCredentials("not-the-key")).sessions...')
    stranger = client.with_options(api_key_credentials=ApiKeyCredentials("not-the-key"))
    try:
        stranger.sessions.get_sessions()
    except APIException as exception:
        show(repr(exception), *[repr(error) for error in exception.errors])
    else:
        raise RuntimeError("the API took a wrong key")


def main() -> int:
    """Run the demo; return the exit code."""
    try:
        with connected() as (client, login):
            demonstrate(client, login)
    except (PayrixException, RuntimeError, ImportError, OSError) as exception:
        sys.stdout.flush()
        print(f"\nThe demo failed: {type(exception).__name__}: {exception}", file=sys.stderr)
        return 1
    print(f"\n{BOLD}Done.{PLAIN} The README shows how to go on.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

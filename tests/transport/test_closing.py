"""`close`, `with` and variants: who closes what, and that nothing is left behind."""

import gc
import threading
import warnings
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from payrix_sessions import ConfigurationException, PayrixException
from tests.support.payrix import found, login_of
from tests.support.server import OK_HEAD, Server, Step, answer, chunked, raw, repeat, silence
from tests.transport.conftest import Connect
from tests.wire import GET_ONE, Operation, each_operation, make_client, outcome


def eventually(condition: Callable[[], bool]) -> bool:
    """Give the other side a second to see it."""
    pause = threading.Event()
    for _ in range(100):
        if condition():
            return True
        pause.wait(0.01)
    return False


def test_closing_closes_the_connections_and_so_does_a_with_block_however_it_ends(connect: Connect) -> None:
    with Server([found()] * 3) as server:
        client = connect(server)
        GET_ONE(client.sessions)
        assert server.open_connections == 1
        client.close()
        assert eventually(lambda: server.open_connections == 0)
        with make_client(base_url=server.url) as client:
            GET_ONE(client.sessions)
        assert eventually(lambda: server.open_connections == 0)
        with suppress(ZeroDivisionError), make_client(base_url=server.url) as client:
            GET_ONE(client.sessions)
            raise ZeroDivisionError
        assert eventually(lambda: server.open_connections == 0)


@each_operation
def test_closing_twice_is_fine_and_a_call_afterwards_is_a_clear_error(operation: Operation) -> None:
    with Server([]) as server:
        client = make_client(base_url=server.url)
        controller = client.sessions
        client.close()
        client.close()
        with client:
            pass
        for late in (client.sessions, controller):
            with pytest.raises(ConfigurationException, match="closed"):
                operation(late)
        assert server.connections == 0


def test_a_variant_shares_the_connections_and_does_not_close_them(connect: Connect) -> None:
    with Server([found()] * 4) as server:
        client = connect(server)
        GET_ONE(client.sessions)
        with client.with_options(timeout=5.0, max_retries=1) as variant:
            GET_ONE(variant.sessions)
            GET_ONE(variant.with_options(timeout=None).sessions)
        assert GET_ONE(client.sessions).is_success()
        assert server.connections == 1


def test_a_variant_with_another_address_calls_that_one(connect: Connect) -> None:
    with Server([found("here")] * 2) as here, Server([found("there")]) as there:
        client = connect(here)
        moved = client.with_options(base_url=there.url)
        for asked, expected in [(client, "here"), (moved, "there"), (client, "here")]:
            assert login_of(GET_ONE(asked.sessions)) == expected
        moved.close()


def test_closing_the_client_closes_its_variants(connect: Connect) -> None:
    with Server([found()]) as server:
        client = connect(server)
        variant = client.with_options(timeout=5.0)
        GET_ONE(variant.sessions)
        client.close()
        with pytest.raises(ConfigurationException, match="closed"):
            GET_ONE(variant.sessions)
        assert eventually(lambda: server.open_connections == 0)


SCRIPTS: dict[str, list[Step]] = {
    "answers": [found(), found()],
    "errors": [answer(b"{}", 500), answer(b"<html>")],
    "cut bodies": [raw(OK_HEAD + b"Content-Length: 9\r\n\r\n{}"), raw(b"")],
    "timeouts": [silence, repeat(b"1\r\nx\r\n", before=chunked(end=False), every=0.02)],
    "broken framing": [raw(chunked(end=False) + b"-1\r\n", hang_up=False), raw(OK_HEAD + b"x\r\n\r\n", hang_up=False)],
    "bodies that are too large": [answer(b"x" * 2000), repeat(b"x" * 999, before=OK_HEAD + b"\r\n")],
    "redirects": [answer(status=302, headers={"Location": "/"})] * 2,
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize("close", [True, False], ids=["closed", "dropped"])
def test_no_socket_is_left_and_a_dropped_client_goes_with_its_connections(script: list[Step], close: bool) -> None:
    with Server(script) as server, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client = make_client(base_url=server.url, timeout=0.1, max_response_bytes=1000)
        for _ in script:
            outcome(partial(GET_ONE, client.sessions))
        gone = weakref.ref(client)
        if close:
            client.close()
        del client
        gc.collect()
        assert gone() is None
        assert eventually(lambda: server.open_connections == 0)
    assert [str(warning.message) for warning in caught if warning.category is ResourceWarning] == []


@pytest.mark.parametrize(
    "step",
    [
        raw(OK_HEAD + b"Content-Length: 99\r\n\r\n{}", hang_up=False),
        SCRIPTS["bodies that are too large"][1],
        SCRIPTS["timeouts"][1],
    ],
    ids=["cut", "too large", "too slow"],
)
def test_a_response_that_was_given_up_is_closed_at_once(connect: Connect, step: Step) -> None:
    with Server([step]) as server:
        outcome(lambda: GET_ONE(connect(server, timeout=0.1, max_response_bytes=1000).sessions))
        assert eventually(lambda: server.open_connections == 0)


def test_closing_in_the_middle_of_a_call_of_another_thread_ends_in_an_exception_of_ours(connect: Connect) -> None:
    with Server([silence]) as server:
        client = connect(server, timeout=0.5)
        ended: list[object] = []
        thread = threading.Thread(target=lambda: ended.append(outcome(lambda: GET_ONE(client.sessions))))
        thread.start()
        assert eventually(lambda: len(server.requests) == 1)
        client.close()
        thread.join(3)
    assert isinstance(ended[0], PayrixException)

"""`close`, `with` and variants: who closes what, and that nothing is left behind."""

import gc
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress

import pytest

from payrix_sessions import Client, ConfigurationException, PayrixException
from tests.support.payrix import found
from tests.support.server import OK_HEAD, Server, Step, answer, raw, repeat, silence
from tests.transport.conftest import Connect
from tests.wire import GET_ONE, Operation, each_operation, make_client


def eventually(condition: Callable[[], bool]) -> bool:
    """Give the other side a second to see it."""
    pause = threading.Event()
    for _ in range(100):
        if condition():
            return True
        pause.wait(0.01)
    return False


def test_closing_closes_the_connections(connect: Connect) -> None:
    with Server([found()]) as server:
        client = connect(server)
        GET_ONE(client.sessions)
        assert server.open_connections == 1
        client.close()
        assert eventually(lambda: server.open_connections == 0)


def test_the_end_of_a_with_block_closes_the_connections() -> None:
    with Server([found()]) as server:
        with make_client(base_url=server.url) as client:
            GET_ONE(client.sessions)
        assert eventually(lambda: server.open_connections == 0)


def test_an_exception_in_a_with_block_closes_too() -> None:
    with Server([found()]) as server:
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


def test_a_variant_uses_the_connection_of_the_client_it_came_from(connect: Connect) -> None:
    with Server([found()] * 3) as server:
        client = connect(server)
        GET_ONE(client.sessions)
        variant = client.with_options(timeout=5.0, max_retries=1)
        GET_ONE(variant.sessions)
        GET_ONE(variant.with_options(timeout=None).sessions)
        assert server.connections == 1


def test_a_variant_with_another_address_calls_that_one(connect: Connect) -> None:
    with Server([found("p1_ssn_here")] * 2) as here, Server([found("p1_ssn_there")]) as there:
        client = connect(here)
        moved = client.with_options(base_url=there.url)
        for asked, expected in [(client, "p1_ssn_here"), (moved, "p1_ssn_there"), (client, "p1_ssn_here")]:
            assert GET_ONE(asked.sessions).body.data[0].id == expected
        assert (len(here.requests), len(there.requests)) == (2, 1)


def test_closing_a_variant_does_not_close_the_client_it_came_from(connect: Connect) -> None:
    with Server([found()] * 3) as server:
        client = connect(server)
        GET_ONE(client.sessions)
        with client.with_options(timeout=5.0) as variant:
            GET_ONE(variant.sessions)
        assert GET_ONE(client.sessions).is_success()
        assert server.connections == 1


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
    "timeouts": [
        silence,
        repeat(b"1\r\nx\r\n", before=OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", every=0.02),
    ],
    "bodies that are too large": [answer(b"x" * 2000)] * 2,
    "redirects": [answer(status=302, headers={"Location": "/"})] * 2,
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize("close", [True, False], ids=["closed", "forgotten"])
def test_no_socket_is_left_to_the_garbage_collector(script: list[Step], close: bool) -> None:
    with Server(script) as server, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client: Client | None = make_client(base_url=server.url, timeout=0.1, max_response_bytes=1000)
        assert client is not None
        for _ in script:
            with suppress(PayrixException):
                GET_ONE(client.sessions)
        if close:
            client.close()
            gc.collect()
        client = None
        gc.collect()
        if close:
            assert eventually(lambda: server.open_connections == 0)
    assert [str(warning.message) for warning in caught if warning.category is ResourceWarning] == []


def test_closing_in_the_middle_of_a_call_of_another_thread_ends_in_an_exception_of_ours(
    connect: Connect,
) -> None:
    with Server([silence]) as server:
        client = connect(server, timeout=0.5)
        ended: list[BaseException] = []

        def call() -> None:
            try:
                GET_ONE(client.sessions)
            except BaseException as error:  # noqa: BLE001  (told to the main thread)
                ended.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        assert eventually(lambda: len(server.requests) == 1)
        client.close()
        thread.join(3)
        assert not thread.is_alive()
    assert isinstance(ended[0], PayrixException)

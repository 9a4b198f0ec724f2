"""`close`, `with` and variants: who closes what, and that nothing is left behind."""

import gc
import threading
import warnings
import weakref
from contextlib import ExitStack
from functools import partial

import pytest

from payrix_sessions import Client, ConfigurationException, PayrixException
from tests.support.payrix import found
from tests.support.server import OK_HEAD, Server, Step, answer, chunked, raw, repeat, silence
from tests.transport.conftest import Connect
from tests.wire import GET_ONE, OPERATIONS, make_client, outcome


def test_a_variant_shares_the_connections_and_only_the_client_closes_them(connect: Connect) -> None:
    with Server([found()] * 4) as server:
        client = connect(server)
        GET_ONE(client.sessions)
        with client.with_options(timeout=5.0, max_retries=1) as variant:
            GET_ONE(variant.sessions)
            GET_ONE(variant.with_options(timeout=None).sessions)
        other = client.with_options(timeout=5.0)
        assert GET_ONE(other.sessions).is_success()
        assert server.connections == 1
        with pytest.raises(ZeroDivisionError), client:
            raise ZeroDivisionError
        client.close()
        assert server.are_all_closed()
        for late, operation in [*((client, each) for each in OPERATIONS), (variant, GET_ONE), (other, GET_ONE)]:
            with pytest.raises(ConfigurationException, match="closed"):
                operation(late.sessions)


ENDLESS = repeat(b"x" * 999, before=OK_HEAD + b"\r\n")
TRICKLING = repeat(b"1\r\nx\r\n", before=chunked(end=False), every=0.02)
SCRIPTS: list[list[Step]] = [
    [found(), found()],
    [answer(b"{}", 500), answer(b"<html>")],
    [raw(OK_HEAD + b"Content-Length: 9\r\n\r\n{}"), raw(b"")],
    [silence, TRICKLING],
    [raw(chunked(end=False) + b"-1\r\n", hang_up=False), raw(OK_HEAD + b"x\r\n\r\n", hang_up=False)],
    [answer(b"x" * 2000), ENDLESS],
    [answer(status=302, headers={"Location": "/"})] * 2,
]


@pytest.mark.parametrize("close", [True, False], ids=["closed", "dropped"])
def test_no_socket_is_left_and_a_dropped_client_goes_with_its_connections(close: bool) -> None:
    gone: list[weakref.ref[Client]] = []
    with ExitStack() as stack, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        servers = [stack.enter_context(Server(script)) for script in SCRIPTS]
        for server in servers:
            client = make_client(base_url=server.url, timeout=0.1, max_response_bytes=1000)
            for _ in range(2):
                outcome(partial(GET_ONE, client.sessions))
            gone.append(weakref.ref(client))
            if close:
                client.close()
            del client
        gc.collect()
        assert [client for client in gone if client() is not None] == []
        assert [server for server in servers if not server.are_all_closed()] == []
    assert [str(warning.message) for warning in caught if warning.category is ResourceWarning] == []


def test_a_response_that_was_given_up_is_closed_at_once(connect: Connect) -> None:
    for step in (raw(OK_HEAD + b"Content-Length: 99\r\n\r\n{}", hang_up=False), TRICKLING):
        with Server([step]) as server:
            client = connect(server, timeout=0.1)
            given_up = outcome(partial(GET_ONE, client.sessions))
            assert server.are_all_closed(), given_up


def test_closing_in_the_middle_of_a_call_of_another_thread_ends_in_an_exception_of_ours(connect: Connect) -> None:
    with Server([silence]) as server:
        client = connect(server, timeout=0.2)
        ended: list[object] = []
        thread = threading.Thread(target=lambda: ended.append(outcome(partial(GET_ONE, client.sessions))))
        thread.start()
        server.wait_for_requests()
        client.close()
        thread.join(3)
    assert isinstance(ended[0], PayrixException)

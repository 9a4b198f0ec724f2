"""What fails before the request was sent cannot have been carried out, so it may be sent again."""

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import pytest
import requests

from payrix_sessions import ConfigurationException, ConnectionException, ProxySettings, TimeoutException
from tests.support.clock import Waits
from tests.support.payrix import found
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.transport.conftest import Connect
from tests.wire import API_KEY, CREATE, GET_ONE, make_client


@contextmanager
def accepting(answer: Callable[[socket.socket], object]) -> Generator[tuple[str, list[int]], None, None]:
    """Accept connections and hand each to `answer`; gives the https URL and a growing list of connections."""
    seen: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    seen.append(1)
                    with connection, suppress(OSError):
                        answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", seen
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def hang_up(connection: socket.socket) -> None:
    connection.recv(1)


def answer_in_clear(connection: socket.socket) -> None:
    connection.recv(1)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.mark.parametrize("answer", [hang_up, answer_in_clear])
def test_a_failed_handshake_is_tried_again_even_for_a_post(
    answer: Callable[[socket.socket], object], waits: Waits
) -> None:
    with accepting(answer) as (url, seen), make_client(base_url=url, max_retries=2) as client:
        with pytest.raises(ConnectionException, match="no TLS connection") as caught:
            CREATE(client.sessions)
    assert caught.value.attempts == len(seen) == 3
    assert not caught.value.may_have_been_sent
    assert "may have been carried out" not in str(caught.value)
    assert len(waits.slept) == 2


def test_a_stalled_handshake_is_told_as_the_wait_for_a_connection() -> None:
    released = threading.Event()
    with accepting(lambda _: released.wait(5)) as (url, _):
        with make_client(base_url=url, timeout=(0.1, 30)) as client:
            with pytest.raises(TimeoutException, match=r"no TLS connection to .* within 0\.1 s") as caught:
                CREATE(client.sessions)
            released.set()
    assert not caught.value.may_have_been_sent


def test_plain_http_to_this_machine_does_not_go_through_a_proxy_elsewhere(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    with Server([found()] * 2) as server:
        assert GET_ONE(connect(server).sessions).is_success()
        settings = ProxySettings("proxy.example", 3128)
        assert GET_ONE(connect(server, proxy_settings=settings).sessions).is_success()


@pytest.mark.parametrize("form", ["http://{}", "{}"])
def test_plain_http_to_this_machine_goes_through_a_proxy_on_it(
    form: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy, Server([found()]) as server:
        monkeypatch.setenv("HTTP_PROXY", form.format(f"127.0.0.1:{proxy.port}"))
        assert GET_ONE(connect(server).sessions).is_success()
        assert len(proxy.requests) == 1


def test_a_socks_proxy_without_its_library_is_told_in_our_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_pysocks(*_: object, **__: object) -> None:
        raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")

    monkeypatch.setattr("requests.adapters.SOCKSProxyManager", without_pysocks)
    monkeypatch.setenv("HTTPS_PROXY", "socks5h://127.0.0.1:9")
    with make_client() as client:
        with pytest.raises(ConnectionException, match=r"requests\[socks\]") as caught:
            GET_ONE(client.sessions)
    assert API_KEY not in str(caught.value)


def test_a_missing_bundle_is_refused_when_the_client_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURL_CA_BUNDLE", "no-such-file.pem")
    with pytest.raises(ConfigurationException, match=r"CURL_CA_BUNDLE names no-such-file\.pem"):
        make_client()

"""Starting, stopping, many at once, and the same answers every time."""

import errno
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import pytest

from payrix_sessions import APIException, SessionKeyCredentials
from payrix_sessions.sandbox import Sandbox
from tests.sandbox.http import Http, Reply


def port_of(sandbox: Sandbox) -> int:
    return int(sandbox.base_url.rpartition(":")[2])


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("payrix-sandbox")]


def test_it_starts_within_fifty_milliseconds_and_is_ready() -> None:
    started = time.perf_counter()
    with Sandbox() as sandbox:
        assert time.perf_counter() - started < 0.05
        with socket.create_connection(("127.0.0.1", port_of(sandbox))):
            pass


def test_it_stops_within_a_hundred_milliseconds_whatever_is_connected() -> None:
    with Sandbox() as sandbox, Http(sandbox) as kept_alive:
        kept_alive.send("GET", "/sessions")
        with socket.create_connection(("127.0.0.1", port_of(sandbox))) as half_sent:
            half_sent.sendall(b"POST /sessions HTTP/1.1\r\nContent-Length: 10\r\n\r\n{")
            port = port_of(sandbox)
            started = time.perf_counter()
            sandbox.stop()
            assert time.perf_counter() - started < 0.1
            assert threads() == []
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))


def test_hundreds_of_starts_and_stops_leave_no_thread() -> None:
    for _ in range(300):
        with Sandbox() as sandbox:
            socket.create_connection(("127.0.0.1", port_of(sandbox))).close()
    assert threads() == []


def test_many_run_at_once_and_know_nothing_of_each_other() -> None:
    sandboxes = [Sandbox().start() for _ in range(20)]
    try:
        assert len({sandbox.base_url for sandbox in sandboxes}) == 20
        with Http(sandboxes[0]) as http:
            http.create()
        assert [len(sandbox.sessions) for sandbox in sandboxes] == [1] + [0] * 19
    finally:
        for sandbox in sandboxes:
            sandbox.stop()


def test_it_can_be_stopped_twice_and_started_again() -> None:
    sandbox = Sandbox()
    with pytest.raises(RuntimeError, match="not running"):
        _ = sandbox.base_url
    with sandbox, Http(sandbox) as http:
        http.create()
        with pytest.raises(RuntimeError, match="running already"):
            sandbox.start()
    sandbox.stop()
    assert len(sandbox.requests) == 2
    with sandbox, Http(sandbox) as http:
        assert len(http.list()) == 1


def test_sixteen_clients_are_served_at_once(sandbox: Sandbox) -> None:
    def work(number: int) -> set[str]:
        with Http(sandbox) as http:
            return {http.create(login=f"t1_log_{number}")["id"] for _ in range(20)}

    with ThreadPoolExecutor(16) as pool:
        made = set[str]().union(*pool.map(work, range(16)))
    assert len(made) == len(sandbox.sessions) == 320


def test_a_call_on_a_kept_connection_takes_less_than_two_milliseconds(http: Http) -> None:
    def measure() -> float:
        started = time.perf_counter()
        for _ in range(50):
            http.send("GET", "/sessions/x")
        return (time.perf_counter() - started) / 50

    assert min(measure() for _ in range(5)) < 0.002


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_it_listens_to_this_machine_only_unless_told_otherwise(host: str) -> None:
    with pytest.raises(ValueError, match="allow_remote"):
        Sandbox(host=host)


def test_a_name_is_judged_by_every_address_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(*addresses: str) -> None:
        answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", mock.Mock(return_value=answer))

    found("127.0.0.1", "192.0.2.1")
    with pytest.raises(ValueError, match=r"'name\.example' can be reached by other machines; allow_remote"):
        Sandbox(host="name.example")
    Sandbox(host="name.example", allow_remote=True)
    found("127.0.0.1", "::1")
    Sandbox(host="name.example")


@pytest.mark.parametrize("allow_remote", [True, False])
def test_a_host_that_nobody_knows_is_called_so(monkeypatch: pytest.MonkeyPatch, allow_remote: bool) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", mock.Mock(side_effect=socket.gaierror(-2, "unknown")))
    with pytest.raises(ValueError, match=r"^host 'nowhere\.example' is not known$"):
        Sandbox(host="nowhere.example", allow_remote=allow_remote)


def test_it_can_be_opened_to_other_machines() -> None:
    with Sandbox(host="0.0.0.0", allow_remote=True) as sandbox:
        with socket.create_connection(("127.0.0.1", port_of(sandbox))):
            pass


def test_it_listens_on_localhost_by_name() -> None:
    with Sandbox(host="localhost") as sandbox, Http(sandbox) as http:
        assert sandbox.base_url.startswith("http://localhost:")
        assert http.send("GET", "/sessions").status == 200


def test_it_listens_on_ipv6_where_there_is_one() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with Sandbox(host="::1") as sandbox, Http(sandbox) as http:
        assert sandbox.base_url.startswith("http://[::1]:")
        assert http.send("GET", "/sessions").status == 200


def test_a_port_in_use_is_an_oserror_and_leaves_nothing_behind(sandbox: Sandbox) -> None:
    port = port_of(sandbox)
    other = Sandbox(port=port)
    with pytest.raises(OSError, match=f"cannot listen on port {port} of 127.0.0.1: ") as caught:
        other.start()
    assert caught.value.errno == errno.EADDRINUSE
    sandbox.stop()
    with other:
        assert port_of(other) == port


@pytest.mark.parametrize(
    ("name", "value"),
    [("seed", "x"), ("seed", 1.5), ("seed", True), ("sessions", -1), ("sessions", "3"), ("sessions", None),
     ("strict", "no"), ("rate_limit", 1), ("invalid_auth_status", 403), ("invalid_auth_status", 400.0),
     ("host", None), ("host", b"127.0.0.1"), ("host", ""), ("host", "a\0b"), ("port", 70000), ("port", -1),
     ("port", "8080"), ("port", True), ("allow_remote", "0"), ("log", "sandbox.log")],
)  # fmt: skip
def test_an_option_that_makes_no_sense_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name} "):
        Sandbox(**{name: value})


def story(sandbox: Sandbox) -> list[Reply]:
    with sandbox, Http(sandbox) as http:
        created = http.send("POST", "/sessions", {"public": 1})
        sandbox.clock.advance(minutes=1)
        return [
            created,
            http.send("GET", "/sessions?embed=login", totals="max[]=created"),
            http.send("DELETE", f"/sessions/{created.data[0]['id']}"),
            http.send("GET", "/nothing"),
            http.send("GET", "/sessions", credentials={}),
        ]


def test_the_same_seed_and_requests_give_the_same_bytes() -> None:
    assert story(Sandbox(seed=7, sessions=3)) == story(Sandbox(seed=7, sessions=3))
    assert story(Sandbox(seed=7, sessions=3)) != story(Sandbox(seed=8, sessions=3))


def test_without_a_seed_ids_are_random_and_the_clock_is_real() -> None:
    with Sandbox(seed=None, sessions=1) as one, Sandbox(seed=None, sessions=1) as other:
        assert one.sessions[0].key != other.sessions[0].key
        assert abs(one.clock.now().timestamp() - time.time()) < 5
        one.clock.advance(hours=1)
        assert abs(one.clock.now().timestamp() - time.time() - 3600) < 5


def test_its_client_calls_it_with_the_api_key(sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        assert client.sessions.get_sessions().is_success()
    assert sandbox.requests[0].headers["APIKEY"] == sandbox.api_key


def test_credentials_given_to_its_client_take_the_place_of_the_api_key(sandbox: Sandbox) -> None:
    with sandbox.client(session_key_credentials=SessionKeyCredentials("fake-wrong")) as client:
        with pytest.raises(APIException, match="Invalid authentication"):
            client.sessions.get_sessions()
    assert "APIKEY" not in sandbox.requests[0].headers


def test_options_given_to_its_client_win(sandbox: Sandbox) -> None:
    with Sandbox() as other, sandbox.client(base_url=other.base_url) as client:
        client.sessions.get_sessions()
        assert (len(sandbox.requests), len(other.requests)) == (0, 1)


def test_without_werkzeug_the_import_names_the_command_that_installs_it() -> None:
    code = "import sys; sys.modules['werkzeug'] = None; import payrix_sessions.sandbox"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert 'pip install "payrix-sessions[sandbox]"' in result.stderr


def test_only_the_last_ten_thousand_requests_are_kept() -> None:
    with mock.patch("payrix_sessions.sandbox.sandbox._REMEMBERED_REQUESTS", 3):
        sandbox = Sandbox()
    with sandbox, Http(sandbox) as http:
        for number in range(5):
            http.send("GET", f"/sessions/{number}")
    assert [request.target for request in sandbox.requests] == ["/sessions/2", "/sessions/3", "/sessions/4"]

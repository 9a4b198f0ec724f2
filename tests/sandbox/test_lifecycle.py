"""Starting, stopping, options, many at once, and the same responses every time."""

import contextlib
import errno
import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from http.client import HTTPException
from typing import Any
from unittest import mock

import pytest

from payrix_sessions import APIException, Client, SessionKeyCredentials
from payrix_sessions.sandbox import Sandbox
from payrix_sessions.sandbox.store import Store
from tests.sandbox.http import Http, Reply, complaint


def port_of(sandbox: Sandbox) -> int:
    return int(sandbox.base_url.rpartition(":")[2])


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("payrix-sandbox")]


def test_it_is_ready_once_it_has_started() -> None:
    sandbox = Sandbox().start()
    try:
        with socket.create_connection(("127.0.0.1", port_of(sandbox))):
            pass
    finally:
        sandbox.stop()


def test_it_stops_whatever_is_connected() -> None:
    with Sandbox() as sandbox, Http(sandbox) as kept_alive:
        kept_alive.send("GET", "/sessions")
        with socket.create_connection(("127.0.0.1", port_of(sandbox))) as half_sent:
            half_sent.sendall(b"POST /sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
            port = port_of(sandbox)
            sandbox.stop()  # an idle connection would end after a minute
            assert threads() == []
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))


def test_it_can_be_stopped_by_several_threads_at_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        for _ in range(25):
            sandbox = Sandbox().start()
            for stopping in [pool.submit(sandbox.stop) for _ in range(4)]:
                stopping.result()


def test_it_can_be_stopped_from_its_log() -> None:
    stopped = threading.Event()

    def stop(_: str) -> None:
        sandbox.stop()
        stopped.set()

    with Sandbox(log=stop) as sandbox, Http(sandbox) as http:
        with pytest.raises((ConnectionError, HTTPException)):
            http.send("GET", "/sessions")
        assert stopped.wait(5)


def test_hundreds_of_starts_and_stops_leave_no_thread() -> None:
    for _ in range(200):
        with Sandbox() as sandbox:
            socket.create_connection(("127.0.0.1", port_of(sandbox))).close()
    assert threads() == []


def in_a_fork(action: Callable[[], object]) -> None:
    """Call `action` in a forked process that then ends as Python does, finalizers included."""
    process = multiprocessing.get_context("fork").Process(target=lambda: (action(), sys.exit()))
    process.start()
    process.join(5)
    assert process.exitcode == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_stop_in_a_forked_process_leaves_the_sandbox_alone() -> None:
    with Sandbox(tls=True) as sandbox, Http(sandbox) as kept_alive:
        kept_alive.send("GET", "/sessions")
        in_a_fork(sandbox.stop)
        cpu = time.process_time()
        assert kept_alive.send("GET", "/sessions").status == 200
        with sandbox.client() as client:  # the certificate is still there
            assert client.sessions.get_sessions().is_success()
        time.sleep(0.3)
        assert time.process_time() - cpu < 0.25  # the listening thread sleeps


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_stopped_sandbox_is_gone_although_a_fork_of_its_process_lives_on() -> None:
    sandbox = Sandbox().start()
    port = port_of(sandbox)
    stopped = multiprocessing.get_context("fork").Event()
    worker = multiprocessing.get_context("fork").Process(target=stopped.wait, args=(10,))
    worker.start()
    sandbox.stop()
    try:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        with Sandbox(port=port) as again:
            assert port_of(again) == port
    finally:
        stopped.set()
        worker.join()


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), OSError(errno.EMFILE, "too many files")])
def test_without_a_thread_or_a_file_descriptor_it_waits_for_one(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    start, failures = threading.Thread.start, [error, error]

    def fail_at_first(thread: threading.Thread) -> None:
        if thread.name == "payrix-sandbox-connection" and failures:
            raise failures.pop()
        start(thread)

    with Sandbox() as sandbox:
        monkeypatch.setattr(threading.Thread, "start", fail_at_first)
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", port_of(sandbox)), timeout=5) as unlucky:
                assert unlucky.recv(1) == b""
        with sandbox.client() as client:
            assert client.sessions.get_sessions().is_success()


def test_many_run_at_once_and_know_nothing_of_each_other() -> None:
    with Sandbox() as one, Sandbox() as other:
        assert one.base_url != other.base_url
        with Http(one) as http:
            http.create()
        assert (len(one.sessions), len(other.sessions)) == (1, 0)


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


def test_two_requests_with_one_token_at_the_same_moment_create_one_session(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, both_inside = Store.create, threading.Barrier(2)

    def slow(*given: Any, **named: Any) -> Any:
        with contextlib.suppress(threading.BrokenBarrierError):  # the other one did not come, which is right
            both_inside.wait(0.2)
        return create(*given, **named)

    monkeypatch.setattr(Store, "create", slow)

    def post(_: int) -> Reply:
        with Http(sandbox) as http:
            return http.send("POST", "/sessions", {}, request_token="once")

    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(post, range(2)))
    assert replies[0].data == replies[1].data
    assert len(sandbox.sessions) == 1


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
    found("127.0.0.1", "::1", "fe80::1%lo")
    with pytest.raises(ValueError, match="can be reached"):
        Sandbox(host="name.example")
    found("127.0.0.1", "::1")
    Sandbox(host="name.example")


@pytest.mark.parametrize("allow_remote", [True, False])
def test_a_host_that_nobody_knows_is_called_so(monkeypatch: pytest.MonkeyPatch, allow_remote: bool) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", mock.Mock(side_effect=socket.gaierror(-2, "unknown")))
    with pytest.raises(ValueError, match=r"^host 'nowhere\.example' is not known$"):
        Sandbox(host="nowhere.example", allow_remote=allow_remote)


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("localhost", "http://localhost:"),
        ("0.0.0.0", "http://127.0.0.1:"),
        ("::1", "http://[::1]:"),
        ("::", "http://[::1]:"),
    ],
)
def test_its_client_reaches_it_whatever_it_listens_on(host: str, url: str) -> None:
    if ":" in host and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    with Sandbox(host=host, allow_remote=True) as sandbox, sandbox.client() as client:
        assert sandbox.base_url.startswith(url)
        assert client.sessions.get_sessions().is_success()
        if host == "::":
            with socket.create_connection(("127.0.0.1", port_of(sandbox))):
                pass


def test_a_name_with_addresses_of_both_kinds_is_served_by_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo

    def look_up_both(host: Any, *rest: Any, **named: Any) -> Any:
        return [*look_up("::1", *rest, **named), *look_up("127.0.0.1", *rest, **named)]

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", look_up_both)
        sandbox = Sandbox(host="localhost").start()
    with sandbox.client(base_url=sandbox.base_url.replace("localhost", "127.0.0.1")) as client:
        assert client.sessions.get_sessions().is_success()
    sandbox.stop()


def test_its_client_is_not_made_for_plain_http_that_leaves_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(host="localhost", allow_remote=True) as sandbox:
        monkeypatch.setattr(sandbox, "_host", "192.0.2.1")
        with pytest.raises(RuntimeError, match=r"use Sandbox\(tls=True\)"):
            sandbox.client()


def test_a_port_in_use_is_an_oserror_and_leaves_nothing_behind(sandbox: Sandbox) -> None:
    port = port_of(sandbox)
    other = Sandbox(port=port, tls=True)
    with pytest.raises(OSError, match=f"cannot listen on port {port} of 127.0.0.1: ") as caught:
        other.start()
    assert caught.value.errno == errno.EADDRINUSE
    assert other.ca_file is None
    sandbox.stop()
    with other:
        assert port_of(other) == port


NONSENSE: list[tuple[str, Any]] = [
    ("seed", "x"), ("seed", True), ("clock", "slow"), ("sessions", -1), ("sessions", "3"), ("sessions", {"id": "a"}),
    ("expired", "kept"), ("strict", "no"), ("rate_limit", 1), ("invalid_auth_status", 403), ("host", b"127.0.0.1"),
    ("host", ""), ("host", "a\0b"), ("port", 70000), ("port", True), ("allow_remote", "0"),
    ("allowed_hosts", "sandbox"), ("allowed_hosts", ["a:80"]), ("allowed_hosts", [1]), ("tls", "cert.pem"),
    ("tls", ("cert.pem",)), ("ca_file", ""), ("log", "sandbox.log"),
]  # fmt: skip


def test_an_option_that_makes_no_sense_is_rejected_by_name() -> None:
    assert [each for each in NONSENSE if not complaint(Sandbox, *each).startswith(f"{each[0]} ")] == []


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


def test_a_reset_keeps_the_login_that_others_were_told_also_without_a_seed() -> None:
    with Sandbox(seed=None) as sandbox, Http(sandbox) as http:
        login, first = sandbox.login, http.create()["id"]
        sandbox.reset()
        assert http.create()["login"] == login == sandbox.login
        assert http.list() != [first]


class Tomorrow(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return datetime.now(tz) + timedelta(days=1)


def test_a_real_clock_leaves_the_seed_its_ids_and_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    today = Sandbox(clock="real", sessions=2).sessions
    monkeypatch.setattr("payrix_sessions.sandbox.clock.datetime", Tomorrow)
    tomorrow = Sandbox(clock="real", sessions=2).sessions
    assert tomorrow[0].created_at - today[0].created_at >= timedelta(days=1)
    assert [(each.id, each.key) for each in today] == [(each.id, each.key) for each in tomorrow]
    assert today[0].id != today[1].id


def test_sessions_of_ones_own_exist_from_the_start_and_after_a_reset() -> None:
    own: list[dict[str, Any]] = [
        {"id": "new", "login": "t1_log_a"},
        {"id": "old", "key": "fake-key", "age": timedelta(days=2), "idle": 60, "public": 0, "mfaAuthenticated": 1},
    ]
    with Sandbox(sessions=own) as sandbox, Http(sandbox) as http:
        assert http.list() == ["new", "old"]
        assert (
            http.send("GET", "/sessions/old", credentials={"SESSIONKEY": "fake-key"}).data[0]["login"] == sandbox.login
        )
        http.send("DELETE", "/sessions/new")
        sandbox.reset()
        assert http.list() == ["new", "old"]
        assert http.send("GET", "/sessions/old").data[0]["mfaAuthenticated"] == 1


def test_an_added_session_has_the_age_that_was_asked_for(sandbox: Sandbox, http: Http) -> None:
    newest = http.create()["id"]
    old = sandbox.add_session(age=timedelta(days=1), creator="t1_log_b", sso=1)
    assert http.list() == [newest, old.id]
    assert http.list(search="created[less]=2025-03-04") == [old.id]
    assert (old.created, old.creator, old.sso) == ("2025-03-03 12:40:40.1380", "t1_log_b", 1)
    idle = sandbox.add_session(key="again", idle=timedelta(minutes=31))
    assert idle.created.startswith("2025-03-04 12:09:40")
    assert idle.id not in http.list()
    assert sandbox.add_session(key="again").id in http.list()
    with Sandbox(expired="listed") as other, Http(other) as http:
        assert http.list() == []
        assert other.add_session(idle=timedelta(minutes=31)).id in http.list()


SEEDS: list[tuple[dict[str, Any], str]] = [
    ({"id": "not-valid"}, "id must be a string of letters, digits and underscores"),
    ({"id": "taken"}, "id is taken"),
    ({"key": "fake taken"}, "key must be"),
    ({"key": "taken"}, "key is taken"),
    ({"login": ""}, "login must be"),
    ({"age": -1}, "age must be a timedelta or seconds"),
    ({"age": 1, "idle": 2}, "age must not be less than idle"),
    ({"idle": timedelta(days=36501)}, "idle must be"),
    ({"public": 2}, "public must be 0 or 1"),
]


def test_a_session_that_makes_no_sense_is_rejected_by_field(sandbox: Sandbox) -> None:
    sandbox.add_session(id="taken", key="taken")
    for fields, problem in SEEDS:
        with pytest.raises(ValueError, match=f"^session: {problem}"):
            sandbox.add_session(**fields)
    assert len(sandbox.sessions) == 1


def test_sessions_with_unknown_fields_are_rejected() -> None:
    with pytest.raises(ValueError, match="session: unknown field 'created'; known fields: id, key, login"):
        Sandbox(sessions=[{"created": "2025-01-01"}])
    with pytest.raises(ValueError, match="session: must be a mapping"):
        Sandbox(sessions=["x"])  # type: ignore[list-item]


def test_a_session_takes_no_value_that_the_api_would_not_have(sandbox: Sandbox) -> None:
    session = sandbox.add_session()
    nonsense = {
        "frozen": True,
        "public": "1",
        "sso": 2,
        "login": None,
        "creator": "",
        "last_used": datetime(2025, 3, 4),  # noqa: DTZ001
    }
    for name, value in nonsense.items():
        with pytest.raises(ValueError, match=rf"^session: {name} must be "):
            setattr(session, name, value)
    session.frozen, session.login = 1, "t1_log_other"
    assert (session.frozen, session.login) == (1, "t1_log_other")


def test_what_identifies_a_session_is_fixed(sandbox: Sandbox) -> None:
    session = sandbox.add_session()
    for name in ("id", "key", "created"):
        with pytest.raises(AttributeError, match=r"fixed; Sandbox\.add_session\(\)"):
            setattr(session, name, "x")


def test_a_nightly_clean_up_revokes_the_old_sessions_and_no_other() -> None:
    with Sandbox(clock="real") as sandbox, sandbox.client() as client:
        young = sandbox.add_session(age=timedelta(minutes=5))
        for days in (2, 30):
            sandbox.add_session(age=timedelta(days=days))
        limit = datetime.now(timezone.utc) - timedelta(hours=12)
        for session in list(client.sessions.iter_sessions(f"created[less]={limit:%Y-%m-%d}")):
            client.sessions.delete_sessions_id(str(session.id))
        left = {each.id for each in sandbox.sessions}
    assert young.id in left
    assert len(left) == 1


def test_its_client_calls_it_with_the_api_key_or_the_credentials_given(sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        assert client.sessions.get_sessions().is_success()
    with sandbox.client(session_key_credentials=SessionKeyCredentials("fake-wrong")) as client:
        with pytest.raises(APIException, match="Invalid authentication"):
            client.sessions.get_sessions()
    assert sandbox.requests[0].headers["APIKEY"] == sandbox.api_key
    assert "APIKEY" not in sandbox.requests[1].headers


def test_options_given_to_its_client_win(sandbox: Sandbox) -> None:
    with Sandbox() as other, sandbox.client(base_url=other.base_url) as client:
        client.sessions.get_sessions()
        assert (len(sandbox.requests), len(other.requests)) == (0, 1)


@pytest.mark.parametrize("tls", [False, True])
def test_its_environment_makes_a_client_of_it(monkeypatch: pytest.MonkeyPatch, tls: bool) -> None:
    with Sandbox(tls=tls) as sandbox:
        for name, value in sandbox.environment.items():
            monkeypatch.setenv(name, value)
        with Client.from_environment() as client:
            assert client.sessions.get_sessions().is_success()


WITHOUT = """
import runpy, sys, zoneinfo
missing, *sys.argv[1:] = sys.argv[1:]
if missing == "tzdata":
    zoneinfo.reset_tzpath(to=())
sys.modules[missing] = None
"""


def run_without(module: str, code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", WITHOUT + code, module, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("module", "what"), [("werkzeug", "werkzeug"), ("tzdata", "time zone data (tzdata)")])
def test_without_the_extra_the_import_and_the_command_name_what_installs_it(module: str, what: str) -> None:
    message = f'The sandbox needs {what}, which is not installed: pip install "payrix-sessions[sandbox]"\n'
    imported = run_without(module, "from payrix_sessions.sandbox import Sandbox")
    assert (imported.returncode, imported.stderr.endswith(f"ImportError: {message}")) == (1, True)
    started = run_without(module, 'runpy.run_module("payrix_sessions.sandbox", run_name="__main__")', "--port", "0")
    assert (started.returncode, started.stderr) == (2, f"payrix-sandbox: {message}")
    asked = run_without(module, "import payrix_sessions.sandbox as s; assert not hasattr(s, 'nothing')")
    assert asked.returncode == 0

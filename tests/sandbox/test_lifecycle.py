"""Starting, stopping, options, many at once, and the same responses every time."""

import errno
import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any
from unittest import mock

import pytest
import time_machine

from payrix_sessions.sandbox import Sandbox
from payrix_sessions.sandbox.store import Store
from tests.sandbox.http import Http, Reply, complaint, connect, port_of


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("payrix-sandbox")]


def test_it_stops_whatever_is_connected_and_can_be_started_again() -> None:
    sandbox = Sandbox()
    with pytest.raises(RuntimeError, match="not running"):
        _ = sandbox.base_url
    with sandbox, Http(sandbox) as kept_alive, connect(sandbox) as half_sent:
        kept_alive.create()
        address = half_sent.getpeername()
        half_sent.sendall(b"POST /sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        with pytest.raises(RuntimeError, match="running already"):
            sandbox.start()
        sandbox.stop()  # an idle connection would end after a minute
        assert threads() == []
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
    assert len(sandbox.requests) == 2
    with sandbox, Http(sandbox) as http:
        assert len(http.list()) == 1


def test_it_is_ready_once_it_has_started_and_stops_for_several_threads_at_once_leaving_none() -> None:
    with ThreadPoolExecutor(4) as pool:
        for _ in range(100):
            sandbox = Sandbox().start()
            connect(sandbox).close()
            for stopping in [pool.submit(sandbox.stop) for _ in range(4)]:
                stopping.result()
    assert threads() == []


def test_it_can_be_stopped_from_its_log() -> None:
    stopped = threading.Event()

    def stop(_: str) -> None:
        sandbox.stop()
        stopped.set()

    with Sandbox(log=stop) as sandbox, Http(sandbox) as http:
        with pytest.raises((ConnectionError, HTTPException)):
            http.get()
        assert stopped.wait(5)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_leaves_the_sandbox_alone_whether_it_stops_it_or_lives_on() -> None:
    fork = multiprocessing.get_context("fork")
    over = fork.Event()
    with Sandbox(tls=True) as sandbox, Http(sandbox) as kept_alive:
        kept_alive.get()
        stopping, living = fork.Process(target=sandbox.stop), fork.Process(target=over.wait, args=(10,))
        stopping.start()
        living.start()
        stopping.join(5)
        assert kept_alive.get().status == 200
        with sandbox.client() as client:  # the certificate is still there
            assert client.sessions.get_sessions().is_success()
        cpu = time.process_time()
        time.sleep(0.2)
        assert time.process_time() - cpu < 0.05  # the listening thread sleeps
        port = port_of(sandbox)
        sandbox.stop()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        with Sandbox(port=port) as again:
            assert port_of(again) == port
        over.set()
        living.join(5)
    assert (stopping.exitcode, living.exitcode) == (0, 0)


def test_it_waits_for_a_free_thread_or_file_descriptor(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start
    failures = [RuntimeError("can't start new thread"), OSError(errno.EMFILE, "too many files")]

    def fail_at_first(thread: threading.Thread) -> None:
        if thread.name == "payrix-sandbox-connection" and failures:
            raise failures.pop()
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", fail_at_first)
    for _ in range(2):
        with connect(sandbox) as unlucky:
            assert unlucky.recv(1) == b""
    with sandbox.client() as client:
        assert client.sessions.get_sessions().is_success()


def test_two_posts_with_one_token_at_once_create_one_session(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    create, both_inside = Store.create, threading.Barrier(2)

    def slow(*given: Any, **named: Any) -> Any:
        with suppress(threading.BrokenBarrierError):  # the other one did not come, which is right
            both_inside.wait(0.1)
        return create(*given, **named)

    monkeypatch.setattr(Store, "create", slow)

    def post(_: int) -> Reply:
        with Http(sandbox) as http:
            return http.post(request_token="once")

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(post, range(2))
    assert (one.data, len(sandbox.sessions)) == (other.data, 1)


def test_it_listens_to_this_machine_only_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = "host {!r} can be reached by other machines; allow_remote=True permits that"
    for host in ("0.0.0.0", "::"):
        assert complaint(Sandbox, "host", host) == refusal.format(host)
    monkeypatch.setattr(socket, "getaddrinfo", look_up := mock.Mock())
    for addresses, expected in (
        (("127.0.0.1", "192.0.2.1"), refusal.format("name.example")),  # judged by every address that it has
        (("127.0.0.1", "::1", "fe80::1%lo"), refusal.format("name.example")),
        (("127.0.0.1", "::1"), ""),
    ):
        look_up.return_value = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
        Sandbox(host="name.example", allow_remote=True)
        assert complaint(Sandbox, "host", "name.example") == expected
    look_up.side_effect = socket.gaierror(-2, "unknown")
    with pytest.raises(ValueError, match=r"^host 'nowhere\.example' is not known$"):
        Sandbox(host="nowhere.example", allow_remote=True)


def test_its_client_reaches_it_whatever_it_listens_on_unless_told_to_go_elsewhere(sandbox: Sandbox) -> None:
    hosts = {"localhost": "localhost", "0.0.0.0": "127.0.0.1"}
    both = [address for host in ("::1", "127.0.0.1") for address in socket.getaddrinfo(host, 0)]
    with mock.patch.object(socket, "getaddrinfo", return_value=both):  # of a name with both kinds, IPv4 is taken
        named = Sandbox(host="localhost").start()
    connect(named).close()
    named.stop()
    with suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        hosts["::"] = "[::1]"
    for host, shown in hosts.items():
        with Sandbox(host=host, allow_remote=True) as other, other.client() as client:
            assert other.base_url.startswith(f"http://{shown}:")
            assert client.sessions.get_sessions().is_success()
            connect(other).close()  # by IPv4, also to "::"
    with Sandbox() as other, sandbox.client(base_url=other.base_url) as client:
        client.sessions.post_sessions({})
        assert [(len(each.requests), len(each.sessions)) for each in (sandbox, other)] == [(0, 0), (1, 1)]


def test_a_port_in_use_is_an_oserror_and_leaves_nothing_behind(sandbox: Sandbox) -> None:
    port = port_of(sandbox)
    other = Sandbox(port=port, tls=True)
    with pytest.raises(OSError, match=rf"cannot listen on port {port} of 127.0.0.1: .*0 is a free one\)$") as caught:
        other.start()
    assert (caught.value.errno, other.ca_file) == (errno.EADDRINUSE, None)
    sandbox.stop()
    with other:
        assert port_of(other) == port
    with pytest.raises(OSError, match=r"cannot listen on port 0 of 192.0.2.1: [^;]*$"):  # no advice about ports
        Sandbox(host="192.0.2.1", allow_remote=True).start()


def test_the_same_seed_and_requests_give_the_same_bytes_and_without_a_seed_a_reset_keeps_the_login_alone() -> None:
    def story(seed: int) -> list[Reply]:
        with Sandbox(seed=seed, sessions=3) as sandbox, Http(sandbox) as http:
            created = http.post({"public": 1})
            sandbox.clock.advance(minutes=1)
            listed = http.get("/sessions?embed=login", totals="max[]=created")
            return [created, listed, http.delete(created.data[0]["id"]), http.get("/nothing"), http.get(credentials={})]

    assert story(7) == story(7) != story(8)
    with Sandbox(seed=None, sessions=1) as one, Http(one) as http:
        assert one.sessions[0].key != Sandbox(seed=None, sessions=1).sessions[0].key
        login, before = one.login, http.list()
        one.reset()
        assert http.create()["login"] == login == one.login
        assert not set(http.list()) & set(before)


def test_a_real_clock_is_the_default_without_a_seed_and_leaves_a_seed_its_ids_and_keys() -> None:
    clock, today = Sandbox(seed=None).clock, Sandbox(clock="real", sessions=2).sessions
    for ahead in (0, 3600):
        clock.advance(seconds=ahead)
        assert abs(clock.now().timestamp() - time.time() - ahead) < 5
    with time_machine.travel(timedelta(days=1)):
        tomorrow = Sandbox(clock="real", sessions=2).sessions
    assert tomorrow[0].created_at - today[0].created_at >= timedelta(days=1)
    assert [(each.id, each.key) for each in today] == [(each.id, each.key) for each in tomorrow]
    assert today[0].id != today[1].id


def test_sessions_of_ones_own_exist_from_the_start_or_are_put_in_later_with_the_age_that_was_asked_for() -> None:
    own: list[dict[str, Any]] = [
        {"id": "new", "login": "t1_log_a"},
        {"id": "old", "key": "fake-key", "age": timedelta(days=1), "idle": 60, "public": 0, "mfaAuthenticated": 1},
    ]
    with Sandbox(sessions=own) as sandbox, Http(sandbox) as http:
        assert http.list() == ["new", "old"]
        assert http.list(search="created[less]=2025-03-04&mfaAuthenticated[equals]=1") == ["old"]
        (old,) = http.get("/sessions/old", credentials={"SESSIONKEY": "fake-key"}).data
        assert (old["created"], old["login"], old["sso"]) == ("2025-03-03 12:40:40.1366", sandbox.login, 0)
        http.delete("new")
        sandbox.reset()
        assert http.list() == ["new", "old"]
        idle = sandbox.add_session(key="again", idle=timedelta(minutes=31), creator="t1_log_b", sso=1)
        assert (idle.created[:19], idle.creator, idle.sso) == ("2025-03-04 12:09:40", "t1_log_b", 1)
        assert http.list() == ["new", "old"]
        assert sandbox.add_session(key="again").id in http.list()
        older = {"id": "older_1", "login": "t1_log_a", "age": 172_800, "mfaAuthenticated": 1}
        made = http.send("POST", "/_sandbox/sessions", older, {}).json
        assert (made["id"], made["created"][:19], made["mfaAuthenticated"]) == ("older_1", "2025-03-02 12:40:40", 1)
        assert http.list()[-3:] == ["new", "old", "older_1"]
        for problem, taken in {"id is taken": {"id": "old"}, "key is taken": {"key": "again"}}.items():
            reply = http.send("POST", "/_sandbox/sessions", taken, {})
            assert (reply.status, reply.message) == (400, f"session: {problem} by another session")


def test_what_makes_no_sense_in_an_option_or_a_session_is_rejected_by_name(sandbox: Sandbox) -> None:
    options: list[tuple[str, Any]] = [
        ("seed", "x"), ("clock", "slow"), ("sessions", -1), ("sessions", "3"), ("sessions", {"id": "a"}),
        ("expired", "kept"), ("strict", "no"), ("rate_limit", 1), ("invalid_auth_status", 402), ("host", b"127.0.0.1"),
        ("host", ""), ("host", "a\0b"), ("port", 65536), ("allow_remote", "0"), ("allowed_hosts", "sandbox"),
        ("allowed_hosts", ["a:80"]), ("allowed_hosts", [1]), ("tls", "cert.pem"), ("tls", ("cert.pem",)),
        ("ca_file", ""), ("log", "sandbox.log"),
    ]  # fmt: skip
    fields: list[tuple[str, Any]] = [
        ("id", "not-valid"), ("key", "fake taken"), ("login", ""), ("creator", "x" * 256), ("age", -1),
        ("idle", timedelta(days=36501)), ("public", 2), ("sso", True),
    ]  # fmt: skip
    values: list[tuple[str, Any]] = [
        ("frozen", True), ("public", "1"), ("sso", 2), ("login", None), ("creator", ""),
        ("last_used", datetime(2025, 3, 4)),  # noqa: DTZ001
    ]  # fmt: skip
    assert [each for each in options if not complaint(Sandbox, *each).startswith(f"{each[0]} ")] == []
    for name, value in fields:
        assert complaint(sandbox.add_session, name, value).startswith(f"session: {name} must be ")
    with pytest.raises(ValueError, match="session: age must not be less than idle"):
        sandbox.add_session(age=1, idle=2)
    unknown = complaint(Sandbox, "sessions", [{"created": "2025-01-01"}])
    assert unknown.startswith("session: unknown field 'created'; known fields: id, key, login")
    assert complaint(Sandbox, "sessions", ["x"]).startswith("session: must be a mapping")
    assert sandbox.sessions == []
    session = sandbox.add_session()
    for name, value in values:
        with pytest.raises(ValueError, match=rf"^session: {name} must be "):
            setattr(session, name, value)
    for name in ("id", "key", "created"):
        with pytest.raises(AttributeError, match=r"fixed; Sandbox\.add_session\(\)"):
            setattr(session, name, "x")


WITHOUT = """
import runpy, sys, zoneinfo
zoneinfo.reset_tzpath(to=())
for missing in ("tzdata", "werkzeug"):
    sys.modules[missing] = None
    try:
        from payrix_sessions.sandbox import Sandbox
    except ImportError as error:
        print(error)
import payrix_sessions.sandbox
assert not hasattr(payrix_sessions.sandbox, "nothing")
runpy.run_module("payrix_sessions.sandbox", run_name="__main__")
"""


def test_without_the_extra_the_import_and_the_command_name_what_installs_it() -> None:
    message = 'The sandbox needs {}, which is not installed: pip install "payrix-sessions[sandbox]"\n'
    no_zones, no_server = map(message.format, ("time zone data (tzdata)", "werkzeug"))
    ran = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, no_zones + no_server, f"payrix-sandbox: {no_server}")

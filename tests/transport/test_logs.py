"""One line an attempt at DEBUG, on one logger that is silent until somebody listens."""

import logging
import re
import subprocess
import sys
from typing import Any

import pytest

from payrix_sessions import APIException, ConnectionException
from tests.support.clock import Clock
from tests.support.payrix import found, sessions
from tests.support.server import Server, Step, answer, raw, reset
from tests.transport.conftest import Connect
from tests.wire import API_KEY, GET_ONE, SESSION_ID, Operation, each_operation

TEMPLATES = {"get_sessions_id": "/sessions/{id}", "delete_sessions_id": "/sessions/{id}"}


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def lines(log: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines of our logger, all of which have to be at DEBUG and without a traceback."""
    records = [record for record in log.records if record.name.startswith(("payrix", "apimatic", "root"))]
    assert {(record.name, record.levelno, record.exc_info) for record in records} == {
        ("payrix_sessions", logging.DEBUG, None)
    }
    return [record.getMessage() for record in records]


@each_operation
def test_an_attempt_is_one_line_without_ids(
    connect: Connect, log: pytest.LogCaptureFixture, operation: Operation
) -> None:
    with Server([answer(sessions("answered"), headers={"Cf-Ray": "8c-FRA"})]) as server:
        operation(connect(server).sessions, request_token="my-request-token")
    (line,) = lines(log)
    path = TEMPLATES.get(operation.name, operation.path)
    template = rf"{operation.http_method} {re.escape(path)} -> 200 in \d+\.\d ms \(attempt 1, request id 8c-FRA\)"
    assert re.fullmatch(template, line), line
    for hidden in (SESSION_ID, "answered", "p1_log", API_KEY, "my-request-token", "127.0.0.1"):
        assert hidden not in line


def test_each_attempt_has_its_line_and_its_number(
    connect: Connect, log: pytest.LogCaptureFixture, clock: Clock
) -> None:
    with Server([reset(), answer(b"", 503), found()]) as server:
        GET_ONE(connect(server, max_retries=2).sessions)
    found_lines = [re.search(r"-> (\w+) in .* \(attempt (\d)", line) for line in lines(log)]
    assert [line and line.groups() for line in found_lines] == [
        ("ConnectionException", "1"),
        ("503", "2"),
        ("200", "3"),
    ]


def test_a_failure_is_logged_at_debug_only_and_without_a_traceback(
    connect: Connect, log: pytest.LogCaptureFixture
) -> None:
    rows: list[Step] = [reset(), answer(b"{}", 404), answer(b"x" * 2000), raw(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    for step in rows:
        log.clear()
        with Server([step]) as server:
            with pytest.raises((APIException, ConnectionException)):
                GET_ONE(connect(server, max_response_bytes=1000).sessions)
        assert len(lines(log)) == 1
        assert [record for record in log.records if record.levelno > logging.DEBUG] == []


HOSTILE = {
    "line breaks": "a\r\nERROR forged",
    "ESC": "a\x1b[31m",
    "C1 controls": "a\x9b31m\x85b",
    "separators": "a\u2028b\u2029",
    "overrides": "a\u202eb",
    "60 kB": "x" * 60_000,
}


def hostile_headers(text: str) -> list[str]:
    # What HTTP cannot carry in a header goes into the body alone.
    return [text] if "\n" not in text and all(ord(character) < 256 for character in text) else []


def test_what_a_server_says_stays_one_short_printable_line(connect: Connect, log: pytest.LogCaptureFixture) -> None:
    for status in (200, 400):
        for text in HOSTILE.values():
            log.clear()
            body: Any = {
                "response": {"data": [], "details": {"requestId": text}, "errors": [{"severity": 2, "msg": text}]}
            }
            steps = [answer(body, status)]
            for value in hostile_headers(text):
                steps += [answer(body, status, reason=value), answer(body, status, headers={"Cf-Ray": value})]
            with Server(steps) as server:
                for _ in steps:
                    with pytest.raises(APIException) as caught:
                        GET_ONE(connect(server).sessions).raise_for_errors()
                    assert str(caught.value).isprintable()
                    assert len(repr(caught.value)) < 3000
            for line in lines(log):
                assert line.isprintable()
                assert len(line) < 500


def test_the_logger_is_left_to_the_application() -> None:
    logger = logging.getLogger("payrix_sessions")
    assert (logger.level, logger.propagate, logger.disabled) == (logging.NOTSET, True, False)
    assert [type(handler) for handler in logger.handlers] == [logging.NullHandler]


def test_an_application_that_configures_no_logging_sees_nothing() -> None:
    program = """
from tests.support.server import Server, answer, raw, reset
from tests.wire import GET_ONE, make_client
with Server([reset(), raw(b"HTTP/1.1 503 x\\r\\nno colon\\r\\n\\r\\n"), answer(b"", 503), answer(b"", 500)]) as server:
    with make_client(base_url=server.url, max_retries=3, backoff_factor=0) as client:
        try:
            GET_ONE(client.sessions)
        except Exception as error:
            assert error.attempts == 4
"""
    ran = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")

"""One line an attempt at DEBUG, on one logger that is silent until somebody listens."""

import logging
import re
import subprocess
import sys

import pytest

from payrix_sessions import APIException, ConnectionException
from tests.support.payrix import found, sessions
from tests.support.server import Server, Step, answer, reset
from tests.transport.conftest import Connect
from tests.wire import API_KEY, GET_ONE, SESSION_ID, Operation, each_operation

TEMPLATES = {"get_sessions_id": "/sessions/{id}", "delete_sessions_id": "/sessions/{id}"}


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, logger="payrix_sessions")
    return caplog


def lines(log: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines of our logger, all of which have to be at DEBUG and without a traceback."""
    records = [record for record in log.records if record.name == "payrix_sessions"]
    assert {(record.levelno, record.exc_info) for record in records} == {(logging.DEBUG, None)}
    return [record.getMessage() for record in records]


@each_operation
def test_an_attempt_is_one_line_without_ids(
    connect: Connect, log: pytest.LogCaptureFixture, operation: Operation
) -> None:
    with Server([answer(sessions("p1_ssn_answered"), headers={"Cf-Ray": "8c-FRA"})]) as server:
        operation(connect(server).sessions, request_token="my-request-token")
    (line,) = lines(log)
    path = TEMPLATES.get(operation.name, operation.path)
    template = rf"{operation.http_method} {re.escape(path)} -> 200 in \d+\.\d ms \(attempt 1, request id 8c-FRA\)"
    assert re.fullmatch(template, line), line
    for hidden in (SESSION_ID, "p1_ssn_answered", "p1_log", API_KEY, "my-request-token", "127.0.0.1"):
        assert hidden not in line


def test_each_attempt_has_its_line_and_its_number(
    connect: Connect, log: pytest.LogCaptureFixture, waits: object
) -> None:
    with Server([reset(), answer(b"", 503), found()]) as server:
        GET_ONE(connect(server, max_retries=2).sessions)
    found_lines = [re.search(r"-> (\w+) in .* \(attempt (\d)", line) for line in lines(log)]
    assert [line and line.groups() for line in found_lines] == [
        ("ConnectionException", "1"),
        ("503", "2"),
        ("200", "3"),
    ]


@pytest.mark.parametrize("step", [reset(), answer(b"{}", 404)], ids=["reset", "404"])
def test_a_failure_is_logged_at_debug_only_and_without_a_traceback(
    connect: Connect, log: pytest.LogCaptureFixture, step: Step
) -> None:
    with Server([step]) as server:
        with pytest.raises((APIException, ConnectionException)):
            GET_ONE(connect(server).sessions)
    assert len(lines(log)) == 1


def test_there_is_no_other_logger_of_ours(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Server([found()]) as server:
        GET_ONE(connect(server).sessions)
    assert {r.name for r in caplog.records if r.name.startswith(("payrix", "apimatic", "root"))} == {"payrix_sessions"}


def test_the_logger_is_left_to_the_application() -> None:
    logger = logging.getLogger("payrix_sessions")
    assert (logger.level, logger.propagate, logger.disabled) == (logging.NOTSET, True, False)
    assert all(isinstance(handler, logging.NullHandler) for handler in logger.handlers)


def test_an_application_that_configures_no_logging_sees_nothing() -> None:
    program = """
from tests.support.server import Server, answer, reset
from tests.wire import GET_ONE, make_client
with Server([reset(), answer(b"", 503), answer(b"", 500)]) as server:
    with make_client(base_url=server.url, max_retries=2, backoff_factor=0) as client:
        try:
            GET_ONE(client.sessions)
        except Exception as error:
            assert error.attempts == 3
"""
    ran = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")

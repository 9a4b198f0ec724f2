"""One line an attempt at DEBUG, on one logger that is silent until somebody listens."""

import logging
import re
from typing import Any

import pytest

from payrix_sessions import APIException, ConnectionException
from tests.support.clock import Clock
from tests.support.payrix import found, sessions
from tests.support.server import Server, Step, answer, raw, reset
from tests.transport.conftest import Connect
from tests.wire import GET_ONE, OPERATIONS, SESSION_ID


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def lines(log: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines of our logger since the last look, all of which are at DEBUG and without a traceback."""
    records = [record for record in log.records if record.name.startswith(("payrix", "apimatic", "root"))]
    kinds = {(record.name, record.levelno, record.exc_info) for record in records}
    assert kinds == {("payrix_sessions", logging.DEBUG, None)}
    assert [record for record in log.records if record.levelno > logging.DEBUG] == []
    said = [record.getMessage() for record in records]
    log.clear()
    return said


def test_an_attempt_is_one_line_without_ids(connect: Connect, log: pytest.LogCaptureFixture) -> None:
    with Server([answer(sessions("answered"), headers={"Cf-Ray": "8c-FRA"})] * 4) as server:
        for operation in OPERATIONS:
            operation(connect(server).sessions, request_token="my-request-token")
            (line,) = lines(log)
            path = operation.path.replace(SESSION_ID, "{id}")
            said = rf"{operation.http_method} {re.escape(path)} -> 200 in \d+\.\d ms \(attempt 1, request id 8c-FRA\)"
            assert re.fullmatch(said, line), line


def test_each_attempt_has_its_line_and_its_number(
    connect: Connect, log: pytest.LogCaptureFixture, clock: Clock
) -> None:
    with Server([reset(), answer(b"", 503), found()]) as server:
        GET_ONE(connect(server, max_retries=2).sessions)
    attempts = re.findall(r"-> (\w+) in .* \(attempt (\d)", "\n".join(lines(log)))
    assert attempts == [("ConnectionException", "1"), ("503", "2"), ("200", "3")]


def test_a_failure_is_logged_at_debug_only_and_without_a_traceback(
    connect: Connect, log: pytest.LogCaptureFixture
) -> None:
    rows: list[Step] = [reset(), answer(b"{}", 404), answer(b"x" * 2000), raw(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    for step in rows:
        with Server([step]) as server, pytest.raises((APIException, ConnectionException)):
            GET_ONE(connect(server, max_response_bytes=1000).sessions)
        assert len(lines(log)) == 1


# What HTTP cannot carry in a header comes first: it goes into the body alone.
HOSTILE = ("a\r\nERROR forged", "a\u2028b\u2029", "a\u202eb", "a\x1b[31m", "a\x9b31m\x85b", "x" * 60_000)


def test_what_a_server_says_stays_one_short_printable_line(connect: Connect, log: pytest.LogCaptureFixture) -> None:
    for status in (200, 400):
        for number, text in enumerate(HOSTILE):
            body: Any = sessions(errors=[{"severity": 2, "msg": text}], requestId=text)
            steps = [answer(body, status)]
            if number > 2:
                steps += [answer(body, status, reason=text), answer(body, status, headers={"Cf-Ray": text})]
            with Server(steps) as server:
                for _ in steps:
                    with pytest.raises(APIException) as caught:
                        GET_ONE(connect(server).sessions).raise_for_errors()
                    assert str(caught.value).isprintable()
                    assert len(repr(caught.value)) < 3000
            assert all(line.isprintable() and len(line) < 500 for line in lines(log))


def test_the_logger_is_left_to_the_application_and_silent_without_it() -> None:
    logger = logging.getLogger("payrix_sessions")
    assert (logger.level, logger.propagate, logger.disabled) == (logging.NOTSET, True, False)
    assert [type(handler) for handler in logger.handlers] == [logging.NullHandler]

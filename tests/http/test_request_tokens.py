"""How request tokens are made. tests/controllers/test_mismatches.py has what those that were used before do."""

import re
from datetime import datetime, timezone
from enum import Enum
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import ArgumentException, SessionsController, new_request_token
from tests.wire import header, reply, sent

Order = Enum("Order", {"SEVEN": "order-7"}, type=str)  # its members show their names


def test_a_token_is_the_prefix_the_time_and_random_digits(api: RequestsMock, sessions: SessionsController) -> None:
    prefixes: list[Any] = ["", "x" * 50, Order.SEVEN]
    for prefix in prefixes:
        api.reset()
        before = datetime.now(timezone.utc).replace(microsecond=0)
        token = new_request_token(prefix)
        match = re.fullmatch(r"(.*?)-?(\d{8}T\d{6}Z)-[0-9a-f]{32}", token)
        assert match
        assert match[1] == str.__str__(prefix)
        made = datetime.strptime(match[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        assert before <= made <= datetime.now(timezone.utc)
        reply(api)
        sessions.get_sessions(token)
        assert header(sent(api), "request-token") == token != new_request_token(prefix)


def test_a_prefix_that_no_token_can_have_is_rejected() -> None:
    rows: list[Any] = ["x" * 51, 5, b"a", "a ", "a\r\nX: b", "ключ", "\ud800"]
    for prefix in rows:
        with pytest.raises(ArgumentException, match="prefix must"):
            new_request_token(prefix)

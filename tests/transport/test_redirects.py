"""Redirects are refusals: a key must not travel to where a Location header points."""

import pytest

from payrix_sessions import APIException
from tests.support.certificates import Certificates
from tests.support.payrix import found, sessions
from tests.support.server import Server, answer
from tests.transport.conftest import Connect
from tests.wire import API_KEY, CREATE, GET_ONE, Operation


def test_a_redirect_raises_and_no_host_hears_of_it(connect: Connect, trusted: Certificates) -> None:
    rows: list[tuple[str, Operation, int]] = [
        *(("another host", GET_ONE, status) for status in (300, 301, 302, 303, 304, 305, 307, 308)),
        *((to, CREATE, 307) for to in ("another host", "the same host", "plain http", "nowhere")),
    ]
    for to, operation, status in rows:
        with Server([found()]) as other:
            there = "/elsewhere" if to == "the same host" else f"http://localhost:{other.port}/sessions?from=payrix"
            # A body that looks like a session makes no success of it.
            body = b"" if status == 304 else sessions("x")
            step = answer(body, status, headers={} if to == "nowhere" else {"Location": there})
            with Server([step, found()], tls=trusted.trusted if to == "plain http" else None) as server:
                with pytest.raises(APIException) as caught:
                    operation(connect(server, max_retries=2).sessions)
            assert (len(server.requests), other.connections) == (1, 0)
        said = {"the same host": "leads to the same host", "nowhere": "does not say where"}.get(to, "localhost")
        assert said in str(caught.value)
        error = caught.value
        assert (error.response_code, error.attempts, error.may_have_been_sent) == (status, 1, False)


def test_whatever_the_location_only_a_host_is_told_of_it(connect: Connect) -> None:
    rows: list[str] = [
        "http://[", "//", "::::", "\xff\xfe", "", "javascript:alert(1)", "https://user:hidden-word@",
        f"https://user:hidden-word@other.example/path?key={API_KEY}", f"https://{API_KEY}.other.example/",
        f"https://{'x' * 50_000}.example", "https://other.example\x1b[31m/", f"https://other.example:{API_KEY}/",
    ]  # fmt: skip
    for location in rows:
        with Server([answer(status=302, headers={"Location": location})]) as server:
            with pytest.raises(APIException) as caught:
                GET_ONE(connect(server).sessions)
        said = str(caught.value)
        assert (caught.value.response_code, said.isprintable(), len(said) < 500) == (302, True, True)
        assert "hidden-word" not in said
        assert API_KEY not in said

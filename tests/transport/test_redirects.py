"""Redirects are answers that say no: a key must not travel to where a Location header points."""

import pytest

from payrix_sessions import APIException
from tests.support.certificates import Certificates
from tests.support.payrix import found, sessions
from tests.support.server import Server, answer
from tests.transport.conftest import Connect
from tests.wire import API_KEY, GET_ONE, Operation, each_operation

each_status = pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308])


@each_status
@each_operation
def test_a_redirect_to_another_host_raises_and_that_host_hears_nothing(
    connect: Connect, operation: Operation, status: int
) -> None:
    with Server(lambda _: found()) as other:
        location = f"http://localhost:{other.port}/sessions?from=payrix"
        with Server([answer(status=status, headers={"Location": location})]) as server:
            with pytest.raises(APIException, match="localhost") as caught:
                operation(connect(server, max_retries=2).sessions)
            assert len(server.requests) == 1
        assert other.connections == 0
    assert caught.value.response_code == status
    assert caught.value.attempts == 1


@each_status
@each_operation
def test_a_redirect_on_the_same_host_is_not_followed_either(
    connect: Connect, operation: Operation, status: int
) -> None:
    with Server([answer(status=status, headers={"Location": "/elsewhere"}), found()]) as server:
        with pytest.raises(APIException):
            operation(connect(server, max_retries=2).sessions)
        assert len(server.requests) == 1


@each_operation
def test_a_redirect_from_https_to_http_sends_nothing_in_clear(
    connect: Connect, certificates: Certificates, monkeypatch: pytest.MonkeyPatch, operation: Operation
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    with Server(lambda _: found()) as plain:
        moved = answer(status=307, headers={"Location": f"http://localhost:{plain.port}/sessions"})
        with Server([moved], tls=certificates.trusted) as server:
            with pytest.raises(APIException, match="localhost"):
                operation(connect(server).sessions)
        assert plain.connections == 0


@pytest.mark.parametrize(
    "location", ["http://[", "//", "::::", "\xff\xfe", "", "https://user:hidden-word@", "javascript:alert(1)"]
)
def test_a_location_that_is_rubbish_is_an_api_exception(connect: Connect, location: str) -> None:
    with Server([answer(status=302, headers={"Location": location})]) as server:
        with pytest.raises(APIException) as caught:
            GET_ONE(connect(server).sessions)
    assert caught.value.response_code == 302
    assert "hidden-word" not in str(caught.value)


def test_the_message_shows_no_more_of_the_location_than_its_host(connect: Connect) -> None:
    location = f"https://user:hidden-word@other.example/path?key={API_KEY}"
    with Server([answer(status=302, headers={"Location": location})]) as server:
        with pytest.raises(APIException, match=r"other\.example") as caught:
            GET_ONE(connect(server).sessions)
    assert "hidden-word" not in str(caught.value)
    assert API_KEY not in str(caught.value)


def test_a_redirect_without_a_location_is_an_api_exception(connect: Connect) -> None:
    with Server([answer(status=301)]) as server, pytest.raises(APIException):
        GET_ONE(connect(server).sessions)


def test_a_redirect_whose_body_looks_like_a_session_is_no_success(connect: Connect) -> None:
    with Server([answer(sessions("p1_ssn_1"), 302, headers={"Location": "https://other.example/"})]) as server:
        with pytest.raises(APIException):
            GET_ONE(connect(server).sessions)

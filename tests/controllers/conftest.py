"""A call and what comes of it, in one step."""

from collections.abc import Callable
from typing import Any

import pytest
from responses import RequestsMock

from payrix_sessions import APIException, ApiResponse, SessionsController
from tests.wire import Operation, fitting, reply

Ask = Callable[..., ApiResponse[Any]]
Fail = Callable[..., APIException]


@pytest.fixture
def ask(api: RequestsMock, sessions: SessionsController) -> Ask:
    """Make a call that gets this answer; `api` has its requests alone."""

    def call(operation: Operation, answer: Any = fitting, status: int = 200, **arguments: Any) -> ApiResponse[Any]:
        api.reset()
        reply(api, answer, status=status)
        return operation(sessions, **arguments)

    return call


@pytest.fixture
def fail(ask: Ask) -> Fail:
    """Make a call that gets this answer and raises an exception with these words, and return the exception."""

    def call(words: str, operation: Operation, answer: Any, status: int = 200, **arguments: Any) -> APIException:
        with pytest.raises(APIException, match=words) as caught:
            ask(operation, answer, status, **arguments)
        assert caught.value.response_code == status
        return caught.value

    return call

"""The roots of the exceptions: everything that can be raised without a response of the API.

They stand on the ground so that every module may raise them. `payrix_sessions.exceptions` shows the whole tree.
"""

from __future__ import annotations

from typing import Any, TypeVar

E = TypeVar("E", bound=BaseException)


def _rebuild(cls: type[E], args: tuple[Any, ...], state: dict[str, Any]) -> E:
    exception = cls.__new__(cls, *args)
    exception.args = args
    exception.__dict__.update(state)
    return exception


class PayrixException(Exception):
    """The base of everything that this package raises. Its message shows no credential, header or body."""

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would call __init__ with the message alone and lose the attributes.
        return _rebuild, (type(self), self.args, self.__dict__.copy())


class ConfigurationException(PayrixException, ValueError):
    """A client option or a credential is invalid. Nothing was sent."""


class ArgumentException(PayrixException, ValueError):
    """An argument of a call is invalid; the message names it. Nothing was sent."""


class ConnectionException(PayrixException):
    """No complete response arrived: refused, reset, DNS, TLS, cut short. `__cause__` is the underlying error.

    Attributes:
        attempts: How many times the request was tried.
        may_have_been_sent: False when no attempt reached the API; True after a POST or DELETE means that it may
            have been carried out.
        is_permanent: True when a retry cannot help, as after an untrusted certificate.
        request_token: The request token of the call, or None; a retry with it is safe.
    """

    def __init__(self, message: str, *, may_have_been_sent: bool = True, is_permanent: bool = False) -> None:
        super().__init__(message)
        self.attempts: int = 1
        self.may_have_been_sent: bool = may_have_been_sent
        self.is_permanent: bool = is_permanent
        self.request_token: str | None = None


class TimeoutException(ConnectionException, TimeoutError):
    """No complete response arrived within the client's `timeout` or `total_timeout`."""

"""The root of the exceptions, and those that come without an answer of the API."""

from __future__ import annotations

from typing import Any, TypeVar

E = TypeVar("E", bound=BaseException)


def _rebuild(cls: type[E], args: tuple[Any, ...], state: dict[str, Any]) -> E:
    exception = cls.__new__(cls, *args)
    exception.args = args
    exception.__dict__.update(state)
    return exception


class PayrixException(Exception):
    """Everything that this package raises. Its text shows no credential, header or body."""

    def __reduce__(self) -> tuple[Any, ...]:
        # The default calls __init__ with the text alone, which the subclasses do not take.
        return _rebuild, (type(self), self.args, self.__dict__.copy())


class ConfigurationException(PayrixException, ValueError):
    """Options of the client or credentials that cannot work. Nothing was sent."""


class ArgumentException(PayrixException, ValueError):
    """An argument of a call that cannot be right; the message names it. Nothing was sent."""


class ConnectionException(PayrixException):
    """There was no complete answer: refused, reset, DNS, TLS, cut short. `__cause__` is what happened below.

    Attributes:
        attempts: How many times the request was tried.
        may_have_been_sent: False when the API certainly did not see the request; True after a POST or DELETE
            means that it may have been carried out.
        is_permanent: True when a repeat cannot help, as after a certificate that is not trusted.
    """

    def __init__(self, message: str, *, may_have_been_sent: bool = True, is_permanent: bool = False) -> None:
        super().__init__(message)
        self.attempts: int = 1
        self.may_have_been_sent: bool = may_have_been_sent
        self.is_permanent: bool = is_permanent


class TimeoutException(ConnectionException, TimeoutError):
    """There was no complete answer within the client's `timeout`."""

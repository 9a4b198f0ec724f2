"""What the five kinds of credentials share."""

from __future__ import annotations

from payrix_sessions.arguments import is_header_value
from payrix_sessions.exceptions.payrix_exception import ConfigurationException
from payrix_sessions.masking import MASK, Secret, plain_text


class Credentials:
    """A secret value and the header that carries it. It prints as ``***``."""

    __slots__ = ("header", "value")

    def __init__(self, header: str, value: Secret) -> None:
        self.header: str = header
        self.value: Secret = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Credentials) and (other.header, other.value) == (self.header, self.value)

    def __hash__(self) -> int:
        return hash((self.header, self.value))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({MASK!r})"


def conceal(value: object) -> Secret:
    """Wrap a value before anything can fail, so that no traceback shows it; what is no text becomes empty."""
    return Secret(plain_text(value)) if isinstance(value, str) else Secret()


def usable(name: str, secret: Secret) -> Secret:
    """Return the secret without surrounding white space.

    Raises:
        ConfigurationException: When it is empty or cannot be a header value; the message does not show it.
    """
    stripped = Secret(secret.strip())
    if not stripped:
        raise ConfigurationException(f"{name} must be a text (str) that is not empty")
    if not is_header_value(stripped):
        raise ConfigurationException(
            f"{name} holds a line break or another character that a header cannot carry; "
            "is it the whole content of a file, or cut from a page?"
        )
    return stripped

"""The `USERNAME` header."""

from __future__ import annotations

from payrix_sessions.http.auth.credentials import Credentials, conceal, usable


class UsernameCredentials(Credentials):
    """The name of a login; only with `PasswordCredentials`, and only for `post_sessions`.

    Args:
        username: The value; surrounding white space is dropped.

    Raises:
        ConfigurationException: When it is empty or cannot be a header value.
    """

    __slots__ = ()

    def __init__(self, username: str) -> None:
        username = conceal(username)
        super().__init__("USERNAME", usable("username", username))

    @property
    def username(self) -> str:
        """The value as it goes on the wire."""
        return self.value

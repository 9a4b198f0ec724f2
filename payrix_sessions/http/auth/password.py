"""The `PASSWORD` header."""

from __future__ import annotations

from payrix_sessions.http.auth.credentials import Credentials, conceal, usable


class PasswordCredentials(Credentials):
    """The password of a login; only with `UsernameCredentials`, and only for `post_sessions`.

    Args:
        password: The value; surrounding white space is dropped.

    Raises:
        ConfigurationException: When it is empty or cannot be a header value.
    """

    __slots__ = ()

    def __init__(self, password: str) -> None:
        password = conceal(password)
        super().__init__("PASSWORD", usable("password", password))

    @property
    def password(self) -> str:
        """The value as it goes on the wire."""
        return self.value

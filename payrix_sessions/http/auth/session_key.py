"""The `SESSIONKEY` header."""

from __future__ import annotations

from payrix_sessions.http.auth.credentials import Credentials, conceal, usable


class SessionKeyCredentials(Credentials):
    """The `key` of a session, for calls made as that session.

    Args:
        sessionkey: The value; surrounding white space is dropped.

    Raises:
        ConfigurationException: When it is empty or cannot be a header value.
    """

    __slots__ = ()

    def __init__(self, sessionkey: str) -> None:
        sessionkey = conceal(sessionkey)
        super().__init__("SESSIONKEY", usable("sessionkey", sessionkey))

    @property
    def sessionkey(self) -> str:
        """The value as it goes on the wire."""
        return self.value

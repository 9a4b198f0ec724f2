"""The `APIKEY` header."""

from __future__ import annotations

from payrix_sessions.http.auth.credentials import Credentials, conceal, usable


class ApiKeyCredentials(Credentials):
    """An API key. It is the first choice when several credentials are given.

    Args:
        apikey: The value; surrounding white space is dropped.

    Raises:
        ConfigurationException: When it is empty or cannot be a header value.
    """

    __slots__ = ()

    def __init__(self, apikey: str) -> None:
        apikey = conceal(apikey)
        super().__init__("APIKEY", usable("apikey", apikey))

    @property
    def apikey(self) -> str:
        """The value as it goes on the wire."""
        return self.value

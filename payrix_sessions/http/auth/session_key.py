"""The `SESSIONKEY` header."""

from typing import ClassVar

from payrix_sessions._redaction import Secret, hides_arguments
from payrix_sessions.http.auth.credentials import Credentials


class SessionKeyCredentials(Credentials):
    """The key of a session, which acts for the login that owns the session.

    Args:
        sessionkey: The value; surrounding whitespace is stripped.

    Raises:
        ConfigurationException: It is empty or cannot be a header value.
    """

    __slots__ = ()

    header: ClassVar[str] = "SESSIONKEY"
    variable: ClassVar[str] = "PAYRIX_SESSION_KEY"
    argument: ClassVar[str] = "sessionkey"

    @hides_arguments
    def __init__(self, sessionkey: str) -> None:
        sessionkey = Secret.of(sessionkey)
        super().__init__(sessionkey)

    @property
    def sessionkey(self) -> str:
        """The value as it goes on the wire."""
        return self.value

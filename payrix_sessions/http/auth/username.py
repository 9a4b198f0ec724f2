"""The `USERNAME` header."""

from typing import ClassVar

from payrix_sessions._redaction import Secret, hides_arguments
from payrix_sessions.http.auth.credentials import Credentials


class UsernameCredentials(Credentials):
    """The name of a login; only with `PasswordCredentials`, and only for `post_sessions`.

    Args:
        username: The value; surrounding whitespace is stripped.

    Raises:
        ConfigurationException: It is empty or cannot be a header value.
    """

    __slots__ = ()

    header: ClassVar[str] = "USERNAME"
    variable: ClassVar[str] = "PAYRIX_USERNAME"
    argument: ClassVar[str] = "username"

    @hides_arguments
    def __init__(self, username: str) -> None:
        username = Secret.of(username)
        super().__init__(username)

    @property
    def username(self) -> str:
        """The value as it goes on the wire."""
        return self.value

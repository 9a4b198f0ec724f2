"""The `PASSWORD` header."""

from typing import ClassVar

from payrix_sessions._redaction import Secret, hides_arguments
from payrix_sessions.http.auth.credentials import Credentials


class PasswordCredentials(Credentials):
    """The password of a login; only with `UsernameCredentials`, and only for `post_sessions`.

    Args:
        password: The value; surrounding whitespace is stripped.

    Raises:
        ConfigurationException: It is empty or cannot be a header value.
    """

    __slots__ = ()

    header: ClassVar[str] = "PASSWORD"
    variable: ClassVar[str] = "PAYRIX_PASSWORD"
    argument: ClassVar[str] = "password"

    @hides_arguments
    def __init__(self, password: str) -> None:
        password = Secret.of(password)
        super().__init__(password)

    @property
    def password(self) -> str:
        """The value as it goes on the wire."""
        return self.value

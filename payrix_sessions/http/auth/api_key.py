"""The `APIKEY` header."""

from typing import ClassVar

from payrix_sessions._redaction import Secret, hides_arguments
from payrix_sessions.http.auth.credentials import Credentials


class ApiKeyCredentials(Credentials):
    """An API key, which acts for the login that it was made for.

    Args:
        apikey: The value; surrounding whitespace is stripped.

    Raises:
        ConfigurationException: It is empty or cannot be a header value.
    """

    __slots__ = ()

    header: ClassVar[str] = "APIKEY"
    variable: ClassVar[str] = "PAYRIX_API_KEY"
    argument: ClassVar[str] = "apikey"

    @hides_arguments
    def __init__(self, apikey: str) -> None:
        apikey = Secret.of(apikey)
        super().__init__(apikey)

    @property
    def apikey(self) -> str:
        """The value as it goes on the wire."""
        return self.value

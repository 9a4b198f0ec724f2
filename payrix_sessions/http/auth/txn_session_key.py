"""The `TXNSESSIONKEY` header."""

from typing import ClassVar

from payrix_sessions._redaction import Secret, hides_arguments
from payrix_sessions.http.auth.credentials import Credentials


class TxnSessionKeyCredentials(Credentials):
    """The key of a transaction session.

    Args:
        txnsessionkey: The value; surrounding whitespace is stripped.

    Raises:
        ConfigurationException: It is empty or cannot be a header value.
    """

    __slots__ = ()

    header: ClassVar[str] = "TXNSESSIONKEY"
    variable: ClassVar[str] = "PAYRIX_TXN_SESSION_KEY"
    argument: ClassVar[str] = "txnsessionkey"

    @hides_arguments
    def __init__(self, txnsessionkey: str) -> None:
        txnsessionkey = Secret.of(txnsessionkey)
        super().__init__(txnsessionkey)

    @property
    def txnsessionkey(self) -> str:
        """The value as it goes on the wire."""
        return self.value

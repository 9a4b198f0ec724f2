"""The `TXNSESSIONKEY` header."""

from __future__ import annotations

from payrix_sessions.http.auth.credentials import Credentials, conceal, usable


class TxnSessionKeyCredentials(Credentials):
    """The key of a transaction session.

    Args:
        txnsessionkey: The value; surrounding white space is dropped.

    Raises:
        ConfigurationException: When it is empty or cannot be a header value.
    """

    __slots__ = ()

    def __init__(self, txnsessionkey: str) -> None:
        txnsessionkey = conceal(txnsessionkey)
        super().__init__("TXNSESSIONKEY", usable("txnsessionkey", txnsessionkey))

    @property
    def txnsessionkey(self) -> str:
        """The value as it goes on the wire."""
        return self.value

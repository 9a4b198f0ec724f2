"""The kinds of credentials, in one table: their options, in the order of precedence, and what each may do."""

from __future__ import annotations

from collections.abc import Mapping

from payrix_sessions._exceptions import ConfigurationException
from payrix_sessions.http.auth.api_key import ApiKeyCredentials
from payrix_sessions.http.auth.credentials import Credentials
from payrix_sessions.http.auth.password import PasswordCredentials
from payrix_sessions.http.auth.session_key import SessionKeyCredentials
from payrix_sessions.http.auth.txn_session_key import TxnSessionKeyCredentials
from payrix_sessions.http.auth.username import UsernameCredentials

# Client option -> class, which has the header, the environment variable and the name of its argument.
KINDS: dict[str, type[Credentials]] = {
    "api_key_credentials": ApiKeyCredentials,
    "session_key_credentials": SessionKeyCredentials,
    "txn_session_key_credentials": TxnSessionKeyCredentials,
    "username_credentials": UsernameCredentials,
    "password_credentials": PasswordCredentials,
}

# Options that are alternatives of each other; a user name and its password are one.
_KEYS = (("api_key_credentials",), ("session_key_credentials",), ("txn_session_key_credentials",))
ALTERNATIVES = (*_KEYS, ("username_credentials", "password_credentials"))

HEADERS = {kind.header for kind in KINDS.values()}


class CredentialChoice:
    """The alternatives that an operation accepts; the first that the client has is sent, alone.

    Args:
        alternatives: Tuples of options, in the order of precedence.
    """

    def __init__(self, alternatives: tuple[tuple[str, ...], ...]) -> None:
        self._alternatives = alternatives

    def select(self, given: Mapping[str, Credentials]) -> list[Credentials]:
        """Return the credentials to send.

        Args:
            given: The client's credentials by option.

        Raises:
            ConfigurationException: The client has none of the alternatives; the message names them.
        """
        for options in self._alternatives:
            if all(option in given for option in options):
                return [given[option] for option in options]
        wanted = ", or ".join(" together with ".join(options) for options in self._alternatives)
        raise ConfigurationException(
            f"this call needs credentials: {wanted}; the client was given {', '.join(given) or 'none'}"
        )


ANY_KEY = CredentialChoice(_KEYS)
ANY_KEY_OR_LOGIN = CredentialChoice(ALTERNATIVES)

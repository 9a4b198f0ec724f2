"""Who is calling: the API's five credential headers."""

from dataclasses import dataclass

from payrix_sessions.sandbox.clock import Clock
from payrix_sessions.sandbox.request import Request
from payrix_sessions.sandbox.responses import invalid_auth, invalid_resource
from payrix_sessions.sandbox.store import Session, Store


@dataclass(frozen=True, slots=True)
class Credentials:
    """The standing credentials of a sandbox: fake ones, the same in every sandbox, which never expire."""

    api_key: str = "fake-api-key-of-the-sandbox"
    session_key: str = "fake-session-key-of-the-sandbox"
    txn_session_key: str = "fake-txn-session-key-of-the-sandbox"
    username: str = "fake-user-of-the-sandbox"
    password: str = "fake-password-of-the-sandbox"


@dataclass(frozen=True, slots=True)
class Authentication:
    """Tells who calls; `rejection_status` is the HTTP status for credentials that are rejected."""

    credentials: Credentials
    store: Store
    clock: Clock
    rejection_status: int

    def login_of(self, request: Request) -> str:
        """Return the login that calls.

        Assumed: of several credentials only the first counts, in the order in which they are documented, and
        a call with a session key starts its 30 minutes anew.

        Raises:
            ApiError: For credentials that are missing, wrong or expired.
        """
        headers, own = request.headers, self.credentials
        if "apikey" in headers:
            accepted = headers["apikey"] == own.api_key
        elif "sessionkey" in headers:
            if session := self.store.find_key(headers["sessionkey"]):
                return self._login_of_session(session, request)
            accepted = headers["sessionkey"] == own.session_key
        elif "txnsessionkey" in headers:
            accepted = headers["txnsessionkey"] == own.txn_session_key
        else:
            given = headers.get("username"), headers.get("password")
            accepted = request.method == "POST" and given == (own.username, own.password)
        if not accepted:
            raise invalid_auth(self.rejection_status)
        return self.store.own_login

    def _login_of_session(self, session: Session, request: Request) -> str:
        # Assumed: inactive and frozen sessions are rejected like a wrong key. Documented: a session with
        # `token` 1 needs an Auth Token for POST and DELETE; which tokens are valid is not, so any one is.
        needs_token = session.token == 1 and request.method in ("POST", "DELETE")
        if session.inactive or session.frozen or (needs_token and not request.headers.get("token")):
            raise invalid_auth(self.rejection_status)
        session.last_used = self.clock.now()
        # Documented: a public session reaches public resources only. Assumed: sessions are a private one.
        if session.public:
            raise invalid_resource()
        return session.login

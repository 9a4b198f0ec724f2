"""The four operations on /sessions, as the API carries them out."""

from collections.abc import Callable, Collection, Sequence
from functools import partial

from .answers import Answer, Refusal, invalid_request, invalid_resource, json_answer, rate_limit_exceeded
from .authentication import Authentication
from .clock import Clock
from .logins import login_object
from .rate_limit import RateLimit
from .reading import Listing, NewSession, read_embedded, read_listing, read_new_session
from .request import Request
from .request_tokens import Payload, RequestTokens
from .store import Record, Store
from .totals import totals_of

_LONGEST_TOKEN = 100

# Requests in ten seconds: the documented limit, and the one under the documented test header.
_RATE_LIMIT = 1000
_RATE_LIMIT_UNDER_TEST = 10

# The flags that the API answers as text where it has just been told them.
_FLAGS_AS_TEXT = ("public", "token", "mfaAuthenticated")

_ONLY_PAGE = {"current": 1, "last": 1, "hasMore": False}


class Api:
    """Answers requests for /sessions.

    With `strict` answers follow the published description; otherwise what was seen on the wire.
    """

    def __init__(
        self, store: Store, clock: Clock, authentication: Authentication, *, strict: bool, rate_limit: bool
    ) -> None:
        self._store = store
        self._clock = clock
        self._authentication = authentication
        self._strict = strict
        self._limits_rate = rate_limit
        self._rate_limit = RateLimit()
        self._request_tokens = RequestTokens(clock)

    def answer(self, request: Request) -> Answer:
        """Carry out a request; whatever is wrong with it becomes an answer."""
        try:
            self._check_rate(request)
            self._check_route(request)
            login = self._authentication.login_of(request)
            return json_answer(200, self._once(login, request, self._operation(login, request)))
        except Refusal as refusal:
            return refusal.answer(strict=self._strict)

    def _check_rate(self, request: Request) -> None:
        limit = _RATE_LIMIT if self._limits_rate else None
        if request.headers.get("rate-limit-test") == "match":
            limit = _RATE_LIMIT_UNDER_TEST
        if limit and not self._rate_limit.admits(request.address, limit, self._clock.now()):
            raise rate_limit_exceeded()

    def _check_route(self, request: Request) -> None:
        match request.segments:
            case ["sessions"]:
                allowed = ("GET", "POST")
            case ["sessions", id] if id:
                allowed = ("GET", "DELETE")
            case _:
                raise invalid_resource(404 if self._strict else 200)
        if request.method not in allowed:
            raise invalid_resource(405, allow=", ".join(allowed)) if self._strict else invalid_resource()

    def _operation(self, login: str, request: Request) -> Callable[[], Payload]:
        match request.method, request.segments:
            case "GET", [_, id]:
                return partial(self._get, id, read_embedded(request))
            case "DELETE", [_, id]:
                return partial(self._delete, id)
            case "POST", _:
                return partial(self._create, login, read_new_session(request, login))
            case _:
                return partial(self._list, read_listing(request))

    def _once(self, login: str, request: Request, operation: Callable[[], Payload]) -> Payload:
        token = request.headers.get("request-token")
        if not token:
            return operation()
        if len(token) > _LONGEST_TOKEN:
            raise invalid_request(f"The request-token header takes 1 to {_LONGEST_TOKEN} characters")
        return self._request_tokens.recall(login, token) or self._request_tokens.remember(login, token, operation())

    def _get(self, id: str, embedded: Collection[str]) -> Payload:
        session = self._store.find(id)
        records = [session.record()] if session else []
        _embed(records, {"login", "creator"}.intersection(embedded))
        return self._payload(records, totals=[], page=_ONLY_PAGE)

    def _delete(self, id: str) -> Payload:
        session = self._store.delete(id)
        return self._written([session.record()] if session else [])

    def _create(self, creator: str, new: NewSession) -> Payload:
        record = self._store.create(login=new.login, creator=creator, flags=new.flags).record()
        if not self._strict:
            record.update({name: str(record[name]) for name in _FLAGS_AS_TEXT})
        return self._written([record])

    def _list(self, listing: Listing) -> Payload:
        roles: Record = {"effectiveRoles": 562949953421302, "effectiveResources": ""}
        found = listing.search.apply([session.record() | roles for session in self._store.newest_first()])
        last = max(1, -(-len(found) // listing.limit))
        page = {
            "current": listing.number,
            # On the wire `last` is only the last page known so far; the description says "last available".
            "last": last if self._strict else min(listing.number + 1, last),
            "hasMore": listing.number < last,
        }
        totals = totals_of(listing.totals, found)
        records = found[(listing.number - 1) * listing.limit : listing.number * listing.limit]
        # The published description has no room for an expanded login in a list.
        expandable = {"creator"} if self._strict else {"login", "creator"}
        _embed(records, expandable.intersection(listing.embedded))
        return self._payload(records, totals=totals, page=page)

    def _written(self, records: Sequence[Record]) -> Payload:
        if self._strict:
            return self._payload(records, totals=[], page=_ONLY_PAGE)
        return self._payload(records)

    def _payload(self, records: Sequence[Record], **details: object) -> Payload:
        if not self._strict:
            for record in records:
                for name in ("created", "modified"):
                    record[name] = str(record[name]).rstrip("0").rstrip(".")
        return {"response": {"data": records, "details": {"requestId": 1, **details}, "errors": []}}


def _embed(records: Sequence[Record], names: Collection[str]) -> None:
    for record in records:
        record.update({name: login_object(str(record[name])) for name in names})

"""The four operations on /sessions, as the API carries them out. Knows nothing of sockets and faults."""

from collections.abc import Callable, Collection, Sequence
from functools import partial

from payrix_sessions.sandbox.authentication import Authentication
from payrix_sessions.sandbox.clock import Clock, shortened
from payrix_sessions.sandbox.logins import login_object
from payrix_sessions.sandbox.parsing import (
    Listing,
    NewSession,
    is_well_formed_id,
    parse_embedded,
    parse_listing,
    parse_new_session,
    parse_request_token,
)
from payrix_sessions.sandbox.rate_limit import RateLimit
from payrix_sessions.sandbox.request import Request
from payrix_sessions.sandbox.request_tokens import Payload, RequestTokens
from payrix_sessions.sandbox.responses import (
    CORS_HEADERS,
    ApiError,
    Response,
    invalid_resource,
    json_response,
    malformed_id,
    rate_limit_exceeded,
)
from payrix_sessions.sandbox.search import TIMES
from payrix_sessions.sandbox.store import LISTED_FIELDS, Record, Store
from payrix_sessions.sandbox.totals import Totals, totals_of

# Requests in ten seconds: the documented limit, and the one under the documented test header.
_RATE_LIMIT = 1000
_RATE_LIMIT_UNDER_TEST = 10

_ONLY_PAGE = {"current": 1, "last": 1, "hasMore": False}


class Api:
    """Responds to requests for /sessions.

    Args:
        store: The sessions.
        clock: The sandbox's time.
        authentication: Who may call.
        strict: Whether responses follow the published description; otherwise what was seen on the wire.
        rate_limit: Whether the documented limit holds without its test header too.
    """

    def __init__(
        self, store: Store, clock: Clock, authentication: Authentication, *, strict: bool, rate_limit: bool
    ) -> None:
        self._store = store
        self._authentication = authentication
        self._strict = strict
        self._limits_rate = rate_limit
        self._rate_limit = RateLimit(clock)
        self._request_tokens = RequestTokens(clock)

    def respond(self, request: Request) -> Response:
        """Carry out a request; whatever is wrong with it becomes a response."""
        # The order of these checks is assumed.
        try:
            self._check_rate(request)
            if request.method == "OPTIONS":
                # The headers were recorded, an OPTIONS request was not: its status and empty body are assumed.
                return Response(200, b"", CORS_HEADERS)
            self._check_route(request)
            login = self._authentication.login_of(request)
            return json_response(200, self._once(login, request, self._operation(login, request)))
        except ApiError as error:
            return error.response(strict=self._strict)

    def _check_rate(self, request: Request) -> None:
        limit = _RATE_LIMIT if self._limits_rate else None
        if request.headers.get("rate-limit-test") == "match":
            limit = _RATE_LIMIT_UNDER_TEST
        if limit and not self._rate_limit.admits(request.address, request.path, limit):
            raise rate_limit_exceeded()

    def _check_route(self, request: Request) -> None:
        match request.segments:
            case ["sessions"]:
                allowed = ("GET", "POST")
            case ["sessions", id] if id:
                allowed = ("GET", "DELETE")
                self._check_id(id)
            case _:
                raise invalid_resource(404 if self._strict else 200)
        if request.method not in allowed:
            raise invalid_resource(405, allow=", ".join(allowed)) if self._strict else invalid_resource()

    def _check_id(self, id: str) -> None:
        if not self._strict and not is_well_formed_id(id):
            raise malformed_id()

    def _operation(self, login: str, request: Request) -> Callable[[], Payload]:
        match request.method, request.segments:
            case "GET", [_, id]:
                return partial(self._get, id, parse_embedded(request))
            case "DELETE", [_, id]:
                return partial(self._delete, id)
            case "POST", _:
                return partial(self._create, login, parse_new_session(request, login))
            case _:
                return partial(self._list, parse_listing(request))

    def _once(self, login: str, request: Request, operation: Callable[[], Payload]) -> Payload:
        token = parse_request_token(request)
        if not token:
            return operation()
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
        # Flags that were sent come back as they were sent; that the others come back as numbers is assumed.
        return self._written([self._store.create(login=new.login, creator=creator, flags=new.flags).record()])

    def _list(self, listing: Listing) -> Payload:
        start, stop = (listing.number - 1) * listing.limit, listing.number * listing.limit
        totals: Totals = {}
        if listing.search.is_empty and not listing.totals:
            count = self._store.count()
            sessions = self._store.newest_first(start, stop)
        else:
            found = listing.search.apply(self._store.newest_first())
            count = len(found)
            sessions = found[start:stop]
            totals = self._shown_totals(totals_of(listing.totals, found))
        last = max(1, -(-count // listing.limit))
        page = {
            "current": listing.number,
            # On the wire `last` is only the last page known so far; the description says "last available".
            "last": last if self._strict else min(listing.number + 1, last),
            "hasMore": listing.number < last,
        }
        records = [session.record() | LISTED_FIELDS for session in sessions]
        # The published description has no room for an expanded login in a list.
        expandable = {"creator"} if self._strict else {"login", "creator"}
        _embed(records, expandable.intersection(listing.embedded))
        return self._payload(records, totals=totals or [], page=page)  # the API writes no totals as an empty list

    def _shown_totals(self, totals: Totals) -> Totals:
        if self._strict:
            return totals
        return {
            operator: {name: shortened(str(value)) if name in TIMES and value and operator in ("min", "max") else value
                       for name, value in by_field.items()}
            for operator, by_field in totals.items()
        }  # fmt: skip

    def _written(self, records: Sequence[Record]) -> Payload:
        if self._strict:
            return self._payload(records, totals=[], page=_ONLY_PAGE)
        return self._payload(records)

    def _payload(self, records: Sequence[Record], **details: object) -> Payload:
        if not self._strict:
            for record in records:
                for name in TIMES:
                    record[name] = shortened(str(record[name]))
        return {"response": {"data": records, "details": {"requestId": 1, **details}, "errors": []}}


def _embed(records: Sequence[Record], names: Collection[str]) -> None:
    for record in records:
        record.update({name: login_object(str(record[name])) for name in names})

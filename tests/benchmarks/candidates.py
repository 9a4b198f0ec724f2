"""The candidates: this SDK, bare requests, and the two layers below it; they send the same requests."""

import json
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from payrix_sessions import ApiKeyCredentials, Client, SessionPublicEnum, SessionsPostRequest
from tests.benchmarks.canned import LOGIN_ID, SESSION_ID

API_KEY = "fake-api-key-for-benchmarks"
TIMEOUT = 60.0
POOL_SIZE = 32
HEADERS = {
    "accept": "application/json",
    "accept-encoding": "gzip, deflate",
    "user-agent": "benchmark/0.1.0 Python/3",
    "APIKEY": API_KEY,
}
POST_HEADERS = {**HEADERS, "content-type": "application/json"}
NEW_SESSION: dict[str, Any] = {"login": LOGIN_ID, "public": 1}


class Candidate(Protocol):
    """The three calls that are compared; each returns the decoded response."""

    name: str

    def __init__(self, base_url: str) -> None: ...

    def get_one(self) -> Any:
        """Get one session."""

    def post(self) -> Any:
        """Create a session."""

    def get_page(self, limit: int | None = None) -> Any:
        """Get a page of sessions; without a limit whatever the server has."""


class Sdk:
    """This package: the response becomes models."""

    name = "payrix-sessions"

    def __init__(self, base_url: str, **options: Any) -> None:
        self.client = Client(base_url=base_url, api_key_credentials=ApiKeyCredentials(API_KEY), **options)

    def get_one(self) -> Any:
        return self.client.sessions.get_sessions_id(SESSION_ID).body.data

    def post(self) -> Any:
        new = SessionsPostRequest(login=LOGIN_ID, public=SessionPublicEnum(1))
        return self.client.sessions.post_sessions(new).body.data

    def get_page(self, limit: int | None = None) -> Any:
        return self.client.sessions.get_sessions(page_limit=limit).body.data


class Requests:
    """What a user of requests writes: one session, its headers set once."""

    name = "requests"

    def __init__(self, base_url: str) -> None:
        self.url = f"{base_url}/sessions"
        self.session = requests.Session()
        self.session.mount("http://", HTTPAdapter(pool_maxsize=POOL_SIZE))
        self.session.headers.update(HEADERS)

    def get_one(self) -> Any:
        return json.loads(self.session.get(f"{self.url}/{SESSION_ID}", timeout=TIMEOUT).text)

    def post(self) -> Any:
        return json.loads(self.session.post(self.url, json=NEW_SESSION, timeout=TIMEOUT).text)

    def get_page(self, limit: int | None = None) -> Any:
        return json.loads(self.session.get(self.url, params=_query(limit), timeout=TIMEOUT).text)


class Urllib3:
    """A floor: the connection pool below requests."""

    name = "urllib3"

    def __init__(self, base_url: str) -> None:
        self.url = f"{base_url}/sessions"
        self.pool = urllib3.PoolManager(maxsize=POOL_SIZE, timeout=TIMEOUT, retries=False)

    def get_one(self) -> Any:
        return json.loads(self.pool.request("GET", f"{self.url}/{SESSION_ID}", headers=HEADERS).data)

    def post(self) -> Any:
        body = json.dumps(NEW_SESSION)
        return json.loads(self.pool.request("POST", self.url, headers=POST_HEADERS, body=body).data)

    def get_page(self, limit: int | None = None) -> Any:
        return json.loads(self.pool.request("GET", self.url, headers=HEADERS, fields=_query(limit)).data)


class HttpClient:
    """The floor: one connection of the standard library, kept open."""

    name = "http.client"

    def __init__(self, base_url: str) -> None:
        address = urlsplit(base_url)
        self.path = f"{address.path}/sessions"
        self.connection = HTTPConnection(address.netloc, timeout=TIMEOUT)

    def get_one(self) -> Any:
        return self._call("GET", f"{self.path}/{SESSION_ID}", HEADERS)

    def post(self) -> Any:
        return self._call("POST", self.path, POST_HEADERS, json.dumps(NEW_SESSION))

    def get_page(self, limit: int | None = None) -> Any:
        query = _query(limit)
        return self._call("GET", f"{self.path}?{urlencode(query)}" if query else self.path, HEADERS)

    def _call(self, method: str, target: str, headers: dict[str, str], body: str | None = None) -> Any:
        self.connection.request(method, target, body, headers)
        return json.loads(self.connection.getresponse().read())


CANDIDATES: tuple[type[Candidate], ...] = (Sdk, Requests, Urllib3, HttpClient)

CALLS: dict[str, Callable[[Candidate], object]] = {
    "get one session": lambda candidate: candidate.get_one(),
    "post a session": lambda candidate: candidate.post(),
    "list 30 sessions": lambda candidate: candidate.get_page(30),
    "list 100 sessions": lambda candidate: candidate.get_page(100),
}


def _query(limit: int | None) -> dict[str, str] | None:
    return None if limit is None else {"page[limit]": str(limit)}

"""The candidates: this SDK, bare requests, and the two layers below it; they send the same requests."""

import json
from collections.abc import Callable
from http.client import HTTPConnection
from operator import methodcaller
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from payrix_sessions import ApiKeyCredentials, Client, SessionPublicEnum, SessionsPostRequest
from tests.benchmarks.server import LOGIN_ID, SESSION_ID

API_KEY = "fake-api-key-for-benchmarks"
TIMEOUT = 60.0
HEADERS = {
    "accept": "application/json",
    "accept-encoding": "gzip, deflate",
    "user-agent": "benchmark/0.1.0 Python/3",
    "APIKEY": API_KEY,
}
POST_HEADERS = {**HEADERS, "content-type": "application/json"}


class Sdk:
    """This package: the response becomes models."""

    name = "payrix-sessions"

    def __init__(self, base_url: str) -> None:
        self.client = Client(base_url=base_url, api_key_credentials=ApiKeyCredentials(API_KEY))

    def get_one(self) -> Any:
        return self.client.sessions.get_sessions_id(SESSION_ID).body.data

    def post(self) -> Any:
        new = SessionsPostRequest(login=LOGIN_ID, public=SessionPublicEnum(1))
        return self.client.sessions.post_sessions(new).body.data

    def get_page(self, limit: int) -> Any:
        return self.client.sessions.get_sessions(page_limit=limit).body.data


class Bare:
    """What decodes the JSON of an answer and no more; each kind has its own way to send a request."""

    name: str

    def __init__(self, base_url: str) -> None:
        self.url = f"{base_url}/sessions"

    def send(self, method: str, url: str, query: dict[str, str] | None = None, body: Any = None) -> str | bytes:
        raise NotImplementedError

    def get_one(self) -> Any:
        return json.loads(self.send("GET", f"{self.url}/{SESSION_ID}"))

    def post(self) -> Any:
        return json.loads(self.send("POST", self.url, body={"login": LOGIN_ID, "public": 1}))

    def get_page(self, limit: int) -> Any:
        return json.loads(self.send("GET", self.url, {"page[limit]": str(limit)}))


class Requests(Bare):
    """What a user of requests writes: one session, its headers set once."""

    name = "requests"

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self.session = requests.Session()
        self.session.mount("http://", HTTPAdapter(pool_maxsize=32))
        self.session.headers.update(HEADERS)

    def send(self, method: str, url: str, query: dict[str, str] | None = None, body: Any = None) -> str:
        return self.session.request(method, url, params=query, json=body, timeout=TIMEOUT).text


class Urllib3(Bare):
    """A floor: the connection pool below requests."""

    name = "urllib3"

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self.pool = urllib3.PoolManager(timeout=TIMEOUT, retries=False)

    def send(self, method: str, url: str, query: dict[str, str] | None = None, body: Any = None) -> bytes:
        if body:
            return self.pool.request(method, url, headers=POST_HEADERS, body=json.dumps(body)).data
        return self.pool.request(method, url, headers=HEADERS, fields=query).data


class HttpClient(Bare):
    """The floor: one connection of the standard library, kept open."""

    name = "http.client"

    def __init__(self, base_url: str) -> None:
        address = urlsplit(base_url)
        super().__init__(address.path)
        self.connection = HTTPConnection(address.netloc, timeout=TIMEOUT)

    def send(self, method: str, url: str, query: dict[str, str] | None = None, body: Any = None) -> bytes:
        target = f"{url}?{urlencode(query)}" if query else url
        if body:
            self.connection.request(method, target, json.dumps(body), POST_HEADERS)
        else:
            self.connection.request(method, target, headers=HEADERS)
        return self.connection.getresponse().read()


Candidate = Sdk | Bare
CANDIDATES: tuple[type[Candidate], ...] = (Sdk, Requests, Urllib3, HttpClient)

CALLS: dict[str, Callable[[Candidate], object]] = {
    "get one session": methodcaller("get_one"),
    "post a session": methodcaller("post"),
    "list 30 sessions": methodcaller("get_page", 30),
    "list 100 sessions": methodcaller("get_page", 100),
}

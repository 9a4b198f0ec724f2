"""Two clients of the same API: a few lines of requests, as a user would write them, and this package's."""

from collections.abc import Callable
from typing import Any

import requests

from payrix_sessions import ApiKeyCredentials, Client, SessionsPostRequestDict
from payrix_sessions.sandbox import Sandbox

KEY = Sandbox().api_key
BODY: SessionsPostRequestDict = {"login": "p1_log_example", "public": 0}
EMPTY: dict[str, Any] = {"response": {"data": [], "details": {"requestId": 1}, "errors": []}}
ONE: dict[str, Any] = {"response": {"data": [{"id": "p1_ssn_stub"}], "details": {"requestId": 1}, "errors": []}}


class PlainClient:
    """requests and nothing else: the control of each test. What works for it has to work for us.

    Each call returns the ids of the sessions in the response.
    """

    def __init__(self, base_url: str, session: requests.Session | None = None) -> None:
        self._url = f"{base_url}/sessions"
        self._session = session or requests.Session()

    def get(self, id: str) -> list[str]:
        return self._ids("GET", f"/{id}")

    def delete(self, id: str) -> list[str]:
        return self._ids("DELETE", f"/{id}")

    def create(self) -> list[str]:
        return self._ids("POST", json=BODY)

    def page(self, number: int, limit: int) -> list[str]:
        return self._ids("GET", params={"page[number]": number, "page[limit]": limit})

    def close(self) -> None:
        self._session.close()

    def _ids(self, method: str, path: str = "", **options: Any) -> list[str]:
        headers = {"APIKEY": KEY, "accept": "application/json"}
        response = self._session.request(method, self._url + path, headers=headers, timeout=5, **options)
        response.raise_for_status()
        return [each["id"] for each in response.json()["response"]["data"]]


class OurClient:
    """The same calls through this package."""

    def __init__(self, base_url: str, session: requests.Session | None = None) -> None:
        credentials = ApiKeyCredentials(KEY)
        self._client = Client(
            base_url=base_url, api_key_credentials=credentials, http_client_instance=session, max_retries=0, timeout=5
        )

    def get(self, id: str) -> list[str]:
        return self._ids(self._client.sessions.get_sessions_id(id))

    def delete(self, id: str) -> list[str]:
        return self._ids(self._client.sessions.delete_sessions_id(id))

    def create(self) -> list[str]:
        return self._ids(self._client.sessions.post_sessions(BODY))

    def page(self, number: int, limit: int) -> list[str]:
        return self._ids(self._client.sessions.get_sessions(page_number=number, page_limit=limit))

    def close(self) -> None:
        self._client.close()

    @staticmethod
    def _ids(response: Any) -> list[str]:
        return [each.id for each in response.raise_for_errors().body.data]


Caller = PlainClient | OurClient
Connect = Callable[..., Caller]

from typing import Any

from apimatic_core_interfaces.client.http_client import HttpClient

class HttpClientConfiguration:
    def __init__(self, *, http_call_back: Any = None) -> None: ...
    def set_http_client(self, http_client: HttpClient) -> None: ...

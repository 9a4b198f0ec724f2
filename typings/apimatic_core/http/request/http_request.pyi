from typing import Any

class HttpRequest:
    http_method: str
    query_url: str
    headers: dict[str, str]
    parameters: str | None
    def __init__(
        self,
        http_method: str,
        query_url: str,
        headers: dict[str, str] | None = None,
        query_parameters: dict[str, Any] | None = None,
        parameters: Any = None,
        files: Any = None,
    ) -> None: ...

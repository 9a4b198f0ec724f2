"""The requests that a sandbox remembers, bounded in number and in size."""

from collections import deque

from payrix_sessions.sandbox.request import Request

_MAX_REQUESTS = 10_000
_MAX_BYTES = 16 * 1024 * 1024


class Journal:
    """The last 10,000 requests, fewer if they are larger than 16 MiB together."""

    def __init__(self) -> None:
        self._requests: deque[tuple[Request, int]] = deque()
        self._bytes = 0

    def add(self, request: Request) -> None:
        """Remember a request, and forget the oldest ones that have no room any more."""
        headers = sum(len(name) + len(value) for name, value in request.headers.items())
        size = len(request.target) + headers + len(request.body)
        self._requests.append((request, size))
        self._bytes += size
        while len(self._requests) > _MAX_REQUESTS or self._bytes > _MAX_BYTES:
            self._bytes -= self._requests.popleft()[1]

    def requests(self) -> list[Request]:
        """Return what is remembered, oldest first."""
        return [request for request, _ in self._requests]

    def clear(self) -> None:
        """Forget everything."""
        self._requests.clear()
        self._bytes = 0

"""A request as it arrived, and patterns that pick requests by method and path."""

import json
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from werkzeug.datastructures import Headers

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_PATH = re.compile(r"/[^\s?#]*")
_AUTHORITY = re.compile(r"https?://[^/?]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived.

    `target` is the path and the query exactly as sent; a client that uses the sandbox as its proxy puts scheme and
    host before them. `headers` keeps order and repetitions and ignores case:
    `request.headers["apikey"]`. `address` is the client's.
    """

    method: str
    target: str
    headers: Headers
    body: bytes
    address: str

    @property
    def path(self) -> str:
        """The raw path, percent-encoding untouched."""
        return self._local_target.partition("?")[0]

    @property
    def query(self) -> str:
        """The raw query without its question mark, "" if there is none."""
        return self._local_target.partition("?")[2]

    @property
    def segments(self) -> list[str]:
        """The decoded segments of the path; a slash that was percent-encoded stays inside its segment."""
        return [unquote(segment) for segment in self.path.split("/")[1:]]

    @property
    def parameters(self) -> dict[str, str]:
        """The decoded query; the last of several values wins."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def _local_target(self) -> str:
        authority = _AUTHORITY.match(self.target)
        return self.target[authority.end() :] if authority else self.target

    def json(self) -> object:
        """Return the decoded JSON body.

        Raises:
            ValueError: If the body is not JSON, or nested too deeply.
        """
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("JSON nested too deeply") from error


@dataclass(frozen=True, slots=True)
class RequestPattern:
    """Requests by method, by path, or by both; None matches any.

    A segment in braces, such as `{id}`, matches any one segment.

    Raises:
        ValueError: For an unknown method, or a path that does not start with a slash or goes on after its end.
    """

    method: str | None = None
    path: str | None = None

    def __post_init__(self) -> None:
        if self.method not in (None, *_METHODS):
            raise ValueError("method must be one such as DELETE")
        if self.path is not None and not _PATH.fullmatch(self.path):
            raise ValueError("path must be one such as /sessions/{id}")

    @classmethod
    def parse(cls, text: str) -> "RequestPattern":
        """Read `"DELETE"`, `"/sessions/{id}"` or `"DELETE /sessions/{id}"`.

        Raises:
            ValueError: If the string is none of these.
        """
        if text.startswith("/"):
            return cls(path=text)
        method, separator, path = text.partition(" ")
        return cls(method, path if separator else None)

    def matches(self, request: Request) -> bool:
        """Tell whether the request is one of these."""
        if self.method not in (None, request.method):
            return False
        if self.path is None:
            return True
        wanted = [unquote(segment) for segment in self.path.split("/")[1:]]
        found = request.segments
        return len(wanted) == len(found) and all(
            pattern == segment or (pattern[:1], pattern[-1:]) == ("{", "}")
            for pattern, segment in zip(wanted, found, strict=True)
        )

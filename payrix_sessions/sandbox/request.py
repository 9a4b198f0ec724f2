"""A request as it arrived: what the API answers, and what tests look at afterwards."""

import json
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from werkzeug.datastructures import Headers


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived.

    `target` is the path and the query exactly as sent. `headers` keeps order and repetitions and is read
    without regard to case: `request.headers["apikey"]`. `address` is the client's.
    """

    method: str
    target: str
    headers: Headers
    body: bytes
    address: str

    @property
    def path(self) -> str:
        """The raw path, percent-encoding untouched."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The raw query without its question mark, "" if there is none."""
        return self.target.partition("?")[2]

    @property
    def segments(self) -> list[str]:
        """The decoded parts of the path; a slash that was percent-encoded stays inside its part."""
        return [unquote(segment) for segment in self.path.split("/")[1:]]

    @property
    def parameters(self) -> dict[str, str]:
        """The decoded query; the last of several values wins."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def json(self) -> object:
        """Return the body read as JSON; ValueError if it is none."""
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("JSON nested too deeply") from error

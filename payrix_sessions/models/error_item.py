"""The `ErrorItem` model."""

from __future__ import annotations

import re
from dataclasses import dataclass

from payrix_sessions.models.model import Model, wire


@dataclass(slots=True, eq=False, repr=False)
class ErrorItem(Model):
    """One thing that the API has to say against a request."""

    code: int | None = wire("code")  # the category, for example 15 for a field
    severity: int | None = wire("severity")  # 0 and 1 inform; 2 and more mean that the request failed
    msg: str | None = wire("msg")
    field: str | None = wire("field")  # the field that it is about, when it is about one
    error_code: str | None = wire("errorCode")  # the most telling part, for example "no_such_record"

    def __str__(self) -> str:
        text = str(self.msg or self.error_code or "unspecified error")
        if self.field:
            text = f"{self.field}: {text}"
        if self.error_code and self.msg:
            text = f"{text} (errorCode {self.error_code})"
        # A line break would forge a line of a log.
        return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda found: repr(found[0])[1:-1], text)

    @property
    def is_informative(self) -> bool:
        """True for severity 0 and 1: it does not by itself make an answer an error."""
        return type(self.severity) in (int, str) and str(self.severity) in ("0", "1")

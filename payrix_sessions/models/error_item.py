"""The `ErrorItem` model."""

import re
from dataclasses import dataclass

from payrix_sessions.models.model import Model, wire


@dataclass(slots=True, eq=False, repr=False)
class ErrorItem(Model):
    """One error reported by the API; `str()` of it is one line."""

    code: int | None = wire("code")  # the category, for example 15 for a field
    severity: int | None = wire("severity")  # 0 and 1 are informative; from 2 on the request failed
    msg: str | None = wire("msg")
    field: str | None = wire("field")  # the name of the field at fault, if there is one
    error_code: str | None = wire("errorCode")  # identifies the error, for example "no_such_record"

    def __str__(self) -> str:
        text = str(self.msg or self.error_code or "unspecified error")
        if self.field:
            text = f"{self.field}: {text}"
        if self.error_code and self.msg:
            text = f"{text} (errorCode {self.error_code})"
        # A line break would forge a log line, and half of a surrogate pair cannot be printed.
        return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", lambda found: repr(found[0])[1:-1], text)

    @property
    def is_informative(self) -> bool:
        """True for severity 0 and 1, which do not by themselves make a response an error."""
        return type(self.severity) in (int, str) and str(self.severity) in ("0", "1")

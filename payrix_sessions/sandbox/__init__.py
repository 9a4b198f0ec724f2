"""A Payrix Sessions API on this machine, for demos, tests and CI; needs the extra `sandbox`.

Without the extra the import of this package succeeds, so that the command can say in one line what is missing, and
the import of any name from it raises ImportError.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["Clock", "Fault", "FaultQueue", "Request", "Sandbox", "Session"]


def _missing() -> str | None:
    """Name what the extra would bring and is not here."""
    if find_spec("werkzeug") is None:
        return "werkzeug"
    try:
        ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError:
        return "time zone data (tzdata)"
    return None


if TYPE_CHECKING or _missing() is None:
    from payrix_sessions.sandbox.clock import Clock
    from payrix_sessions.sandbox.faults import Fault, FaultQueue
    from payrix_sessions.sandbox.request import Request
    from payrix_sessions.sandbox.sandbox import Sandbox
    from payrix_sessions.sandbox.store import Session
else:

    def __getattr__(name: str) -> NoReturn:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        raise ImportError(
            f'The sandbox needs {_missing()}, which is not installed: pip install "payrix-sessions[sandbox]"'
        )

"""A Payrix Sessions API on this machine, for demos, tests and CI; needs the extra `sandbox`."""

try:
    import werkzeug as _werkzeug
except ModuleNotFoundError as _error:
    raise ImportError(
        'The sandbox needs werkzeug, which is not installed: pip install "payrix-sessions[sandbox]"'
    ) from _error

from .clock import Clock
from .faults import Fault, FaultQueue
from .request import Request
from .sandbox import Sandbox
from .store import Session

del _werkzeug

__all__ = ["Clock", "Fault", "FaultQueue", "Request", "Sandbox", "Session"]

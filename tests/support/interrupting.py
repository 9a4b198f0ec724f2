"""Interrupts calls at every point where a signal handler can run, as ``python -m tests.support.interrupting URL``.

A handler that raises, as a worker's soft time limit does, must cost neither a connection's place nor the next caller's
response. The points lie where a call returns, a loop begins anew or a function starts; they are counted in one call,
and each of them is then hit once. Prints what went wrong, a line each.
"""

# ruff: noqa: T201  (a command that prints)

import dis
import faulthandler
import itertools
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

from tests.wire import make_client

PARTS = ("_transport", "urllib3", "http/client.py")
PLACES = 2


class SoftLimit(Exception):
    """What the handler raises."""


class Interrupt:
    """Counts the points that are passed, and raises at one of them."""

    def __init__(self, at: int = 0) -> None:
        self.passed = 0
        self.where = ""
        self._at = at
        self._last: dict[int, int] = {}  # by the frame's id, so that no frame is kept

    def __enter__(self) -> "Interrupt":
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        if not any(part in frame.f_code.co_filename for part in PARTS):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "call":
            self._last.pop(id(frame), None)
        elif event == "opcode":
            before = self._last.get(id(frame))
            self._last[id(frame)] = frame.f_lasti
            done = "CALL" if before is None else dis.opname[frame.f_code.co_code[before]]
            if done.startswith(("CALL", "JUMP_BACKWARD", "JUMP_ABSOLUTE")):
                self.passed += 1
                if self.passed == self._at:
                    self.where = f"{frame.f_code.co_name}, line {frame.f_lineno}"
                    sys.settrace(None)
                    raise SoftLimit
        return self._trace


def main(url: str) -> None:
    faulthandler.dump_traceback_later(50, exit=True)
    numbers = itertools.count()
    with make_client(base_url=url, pool_size=PLACES, timeout=5.0) as client:

        def call() -> None:
            client.sessions.get_sessions_id(f"late-{next(numbers)}")  # rejects the response to another call

        transport: Any = client._http_client.transport
        call()
        call()
        with Interrupt() as all_points:
            call()
        for point in range(1, all_points.passed + 1):
            interrupt = Interrupt(point)
            with suppress(SoftLimit), interrupt:
                call()
            idle = list(transport._adapter._pool.pool._stack)
            try:
                assert len(idle) == len(set(idle)) <= PLACES, f"idle: {idle}"
                assert not transport._permits._holders, "a permit is still held"
                call()
            except Exception as error:  # noqa: BLE001  (told with its place)
                print(f"{interrupt.where}: {error}")


if __name__ == "__main__":
    main(sys.argv[1])

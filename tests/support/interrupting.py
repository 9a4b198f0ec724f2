"""Interrupts calls at random moments, run as ``python -m tests.support.interrupting URL COUNT``.

A signal handler raises, as a worker's soft time limit does; what it hits must cost neither a connection's place nor
the next caller's time. Ends with an error when a call hangs or cannot get a connection.
"""

import faulthandler
import random
import signal
import sys
import threading

from tests.wire import make_client

PLACES = 2


class SoftLimit(Exception):
    """What the handler raises."""


def on_alarm(number: int, frame: object) -> None:
    raise SoftLimit


def main(url: str, count: int) -> None:
    faulthandler.dump_traceback_later(30, exit=True)
    signal.signal(signal.SIGALRM, on_alarm)
    hit = number = 0
    failures: list[BaseException] = []
    with make_client(base_url=url, pool_size=PLACES, timeout=2.0) as client:
        while hit < count:
            try:
                signal.setitimer(signal.ITIMER_REAL, random.uniform(0.00002, 0.0015))
                number += 1
                client.sessions.get_sessions_id(f"interrupted-{number}")
                signal.setitimer(signal.ITIMER_REAL, 0)
            except SoftLimit:  # noqa: PERF203  (each call has its own interrupt)
                hit += 1

        def call() -> None:
            try:
                client.sessions.get_sessions_id("afterwards")
            except BaseException as error:  # noqa: BLE001  (told to the main thread)
                failures.append(error)

        # A call each at once needs every place.
        threads = [threading.Thread(target=call, daemon=True) for _ in range(PLACES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
            assert not thread.is_alive(), "a call hangs"
    assert not failures, failures


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

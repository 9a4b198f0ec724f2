"""A server whose answer is the id and the headers that it was asked with."""

from tests.support.server import Request, Server, Step, answer, late, silence


def _echo(request: Request) -> Step:
    name = request.target.rpartition("/")[2]
    if name == "silence":
        return silence
    token, request_token = (request.headers.get(header) for header in ("token", "request-token"))
    session = {"id": name, "login": token, "modifier": request_token}
    step = answer({"response": {"data": [session], "errors": []}})
    return late(0.001, step) if name.startswith("late-") else step


class EchoServer(Server):
    """The server; the id `silence` is never answered, an id `late-...` a millisecond late."""

    def __init__(self) -> None:
        super().__init__(_echo)

"""The tables that the code knows best, written into the pages: `make docs`, or `python -m tests.docs.generate`.

What stands on a page between `<!-- generated: NAME ARGUMENT -->` and `<!-- end -->` is what the function of that name
returns. Descriptions come from docstrings, and for the fields of models and the members of enums from the comments
beside them. Which functions there are, and what they tell, is all that lives here.
"""

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import Field, fields
from enum import Enum, IntEnum
from functools import cached_property, partial
from importlib import import_module
from itertools import groupby
from os.path import relpath
from pathlib import Path
from typing import Any, cast, get_args

import payrix_sessions
from payrix_sessions import Configuration, ConnectionException, HttpRequest, HttpResponse, exceptions
from payrix_sessions._envelope import RATE_LIMIT_ERROR
from payrix_sessions._transport.retry_policy import RetryPolicy
from payrix_sessions.configuration import Timeout
from payrix_sessions.http.auth.kinds import ANY_KEY, KINDS
from payrix_sessions.models.model import Model
from tests.docs import pages

_BLOCK = re.compile(r"(<!-- generated: (\w+) ?(\w*) -->\n).*?(<!-- end -->)", re.DOTALL)
_SECTION = re.compile(r"^(?:Args|Attributes|Returns|Raises|Yields):$", re.MULTILINE)
_ATTRIBUTES = re.compile(r"^Attributes:\n(.*?)(?=^\S|\Z)", re.DOTALL | re.MULTILINE)
_ATTRIBUTE = re.compile(r"^    (\w+): (.*?)(?=^    \w|\Z)", re.DOTALL | re.MULTILINE)
_WORD = re.compile(r"(?<!^)(?=[A-Z])")  # where a word begins within a name
_PAGES = {
    "ProxySettings": "client.md#proxysettings",
    "HttpCallBack": "client.md#httpcallback",
    "HttpRequest": "api-response.md#httprequest",
    "HttpResponse": "api-response.md#httpresponse",
    "APIException": "errors.md#apiexception",
    "Environment": "client.md#environments",
    **{kind.__name__: "auth/README.md" for kind in KINDS.values()},
}
_MOST_ROWS = 20  # the attributes of a larger model stand in one paragraph


def render(page: Path, text: str) -> str:
    """Return the text of a page with its generated parts as they have to be."""

    def part(found: re.Match[str]) -> str:
        places = (payrix_sessions, payrix_sessions.SessionsController)
        written = globals()[found[2]](*(getattr(place, found[3]) for place in places if hasattr(place, found[3])))
        links = re.sub(r"\]\(doc:([^)]*)\)", lambda link: f"]({_relative(page, link[1])})", written)
        return f"{found[1]}\n{links}\n\n{found[4]}"

    return _BLOCK.sub(part, text)


def page_of(name: str) -> str:
    """Return the page of a class, and the heading on it; empty when there is none."""
    kind = getattr(payrix_sessions, name, None)
    if name in _PAGES or not (isinstance(kind, type) and issubclass(kind, (Model, Enum))):
        return _PAGES.get(name, "")
    return f"models/{_WORD.sub('-', name).lower()}.md"


def _relative(page: Path, target: str) -> str:
    file, hash_mark, anchor = target.partition("#")
    there = pages.ROOT / "doc" / file
    return hash_mark + anchor if anchor and page == there else relpath(there, page.parent) + hash_mark + anchor


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines).replace("|  |", "| |")


def _list(rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"* {name}: {text}" if text else f"* {name}" for name, text in rows)


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())


def _summary(documented: Any) -> str:
    """Return a docstring up to its first section."""
    text = _SECTION.split(inspect.cleandoc(documented.__doc__ or ""))[0].strip()
    return "\n\n".join(map(_plain, text.split("\n\n")))


def _first(documented: Any) -> str:
    return _summary(documented).partition("\n\n")[0]


def _attributes(kind: type[Any]) -> dict[str, str]:
    """Return what the section Attributes of a docstring says, those of the bases first."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        section = _ATTRIBUTES.search(inspect.cleandoc(base.__doc__ or ""))
        found |= {name: _plain(text) for name, text in _ATTRIBUTE.findall(section[1] if section else "")}
    return found


def _comment(kind: type[Any], name: str) -> str:
    """Return the comment beside a field of a model or a member of an enum, as a sentence."""
    module = inspect.getsource(import_module(f"payrix_sessions.models.{_WORD.sub('_', kind.__name__).lower()}"))
    line = re.search(rf"^    {name}\b[^#\n]*# (.)(.*)$", module, re.MULTILINE)
    return f"{line[1].upper()}{line[2]}." if line else ""


def _types(annotation: Any, *, none: bool = False) -> str:
    """Write a type for a table: its alternatives, linked to their pages."""
    text = str(annotation if get_args(annotation) else getattr(annotation, "__name__", annotation))
    text = re.sub(r"\b(?:[a-z_]\w*\.)+", "", str(Timeout) if text == "Timeout" else text)
    alternatives = [each for each in re.split(r" \| (?![^\[]*\])", text) if none or each != "None"]
    return ", ".join(map(_link, alternatives))


def _link(name: str) -> str:
    plain = re.search(r"\w+(?=\]?$)", name)
    page = page_of(plain[0]) if plain else ""
    return f"[`{name}`](doc:{page})" if page else f"`{name}`"


def _ranges(numbers: Iterable[int]) -> str:
    """Write numbers, with three and more in a row as a range."""
    by_distance = groupby(enumerate(numbers), lambda placed: placed[1] - placed[0])
    runs = [[number for _, number in run] for _, run in by_distance]
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def _described(kind: type[Any], field: Field[Any]) -> str:
    """Describe a field: by the comment beside it, or by what its enum is."""
    enum_of = re.search(r"\w+Enum", str(field.type))
    return _comment(kind, field.name) or (_first(getattr(payrix_sessions, enum_of[0])) if enum_of else "")


# The parts


def options() -> str:
    """List the options of a client, but for the credentials."""
    said, rows = _attributes(Configuration), list[tuple[str, str]]()
    for option in [each for each in fields(Configuration) if each.name not in KINDS]:
        name, value = option.name, cast("Any", option.default)
        shown = _ranges(value) if name == "retry_statuses" else f"`{value if isinstance(value, Enum) else repr(value)}`"
        kind = _types(option.type, none=name == "timeout") + ("" if value is None else f"; {shown}")
        rows.append((f"`{name}` ({kind})", re.sub(r" \(default: [^)]*\)", "", said[name])))
    return _list(rows)


def environments() -> str:
    return _list((f"`{each.name}`", f"`{each.value}`") for each in payrix_sessions.Environment)


def variables() -> str:
    names = ", ".join(f"`{name.lower()}`" for name in payrix_sessions.Environment.__members__)
    of_credentials = ", ".join(f"`{kind.variable}`" for kind in KINDS.values())
    first = f"* {of_credentials} for the [credentials](doc:auth/README.md)"
    return f"{first}\n* `PAYRIX_ENVIRONMENT`: {names}, in any case\n* `PAYRIX_BASE_URL`"


def credentials() -> str:
    rows: list[list[str]] = []
    for option, each in KINDS.items():
        argument = next(iter(inspect.signature(each).parameters))
        serves = "all methods" if (option,) in ANY_KEY._alternatives else "`post_sessions`"
        rows.append([f"`{each.__name__}({argument})`", f"`{option}`", f"`{each.variable}`", f"`{each.header}`", serves])
    return _table(["Class", "Option", "Variable", "Header", "For"], rows)


def model(kind: type[Model]) -> str:
    """Tell what a model is, and of the fields and properties that the model below it does not have already."""
    base: Any = kind.__base__
    own = [each for each in fields(kind) if each.name not in {inherited.name for inherited in fields(base)}]
    brief = len(own) > _MOST_ROWS
    rows = [(f"`{each.name}` ({_types(each.type)})", _described(kind, each)) for each in own if not brief]
    for name, each in vars(kind).items():
        if isinstance(each, property) and each.fget:
            rows.append((f"`{name}` ({_types(each.fget.__annotations__['return'])})", _first(each)))
    parts = [
        _summary(kind),
        _list(rows),
        f"Attributes: {', '.join(f'`{each.name}`' for each in own)}." if brief else "",
        "" if base is Model else f"Everything else is as in {_link(base.__name__)}.",
    ]
    return "\n\n".join(filter(None, parts))


def enum(kind: type[Enum]) -> str:
    rows = [(f"`{each.name}` = {each.value}", _comment(kind, each.name)) for each in kind]
    return f"{_summary(kind)}\n\n{_list(rows)}"


def flags() -> str:
    """List the enums."""
    kinds = [kind for kind in vars(payrix_sessions).values() if isinstance(kind, type) and issubclass(kind, IntEnum)]
    return ", ".join(_link(kind.__name__) for kind in kinds)


def members(kind: type[Any]) -> str:
    """Tell of the attributes, properties and methods of a class."""
    public = {name: getattr(each, "__func__", each) for name, each in vars(kind).items() if not name.startswith("_")}
    rows = list(_attributes(kind).items())
    rows += [(name, _first(each)) for name, each in public.items() if isinstance(each, (property, cached_property))]
    methods = {name: each for name, each in public.items() if inspect.isfunction(each)}
    arguments = {name: ", ".join([*inspect.signature(each).parameters][1:]) for name, each in methods.items()}
    rows += [(f"{name}({arguments[name]})", _first(each)) for name, each in methods.items()]
    return _list((f"`{name}`", text) for name, text in rows)


def signature(method: Callable[..., Any]) -> str:
    _, *parameters = inspect.signature(method).parameters.values()
    untyped = [each.replace(annotation=inspect.Parameter.empty) for each in parameters]
    return f"`{method.__name__}{inspect.Signature(untyped)}`"


def tree() -> str:
    drawn = (exceptions.__doc__ or "").partition("\n\n")[2].strip()
    return f"```text\n{drawn}\n```"


def retries() -> str:
    """Tell what is retried: asked of the policy itself."""
    unsent = partial(ConnectionException, "", may_have_been_sent=False)
    statuses: Any = next(each.default for each in fields(Configuration) if each.name == "retry_statuses")
    causes: dict[str, ConnectionException | tuple[int, str]] = {
        "no connection: name not resolved, refused, too slow, proxy not reachable, pool exhausted": unsent(),
        "an untrusted certificate, an unusable address, a proxy that refuses the tunnel": unsent(is_permanent=True),
        "a connection that was reset, a response that was cut, damaged or too slow": ConnectionException(""),
        f"HTTP {_ranges(statuses)}": (503, ""),
        "the API's rate limit inside a 200": (200, f'{{"errors": [{{"errorCode": "{RATE_LIMIT_ERROR}"}}]}}'),
        "any other status, redirects included": (404, ""),
        "any other error inside a 200, a 200 that is not a response of the API": (200, ""),
    }
    policy = RetryPolicy(Configuration())
    tokens: list[dict[str, str]] = [{"request-token": "x"}, {}]
    requests = [HttpRequest("POST", "", token, None, "") for token in tokens]

    def is_retried(request: HttpRequest, came: ConnectionException | tuple[int, str]) -> str:
        outcome = HttpResponse(came[0], "", {}, came[1], request) if isinstance(came, tuple) else came
        return "no" if policy.delay_after(request, outcome, 1) is None else "yes"

    rows = [[cause, *(is_retried(request, came) for request in requests)] for cause, came in causes.items()]
    return _table(["After", "GET, or POST and DELETE with a request token", "POST, DELETE without"], rows)


def main() -> None:
    for page in pages.PAGES:
        before = page.read_text("utf-8")
        after = render(page, before)
        if after != before:
            page.write_text(after, "utf-8")
            print("written:", pages.name_of(page))  # noqa: T201  (a command)


if __name__ == "__main__":
    main()

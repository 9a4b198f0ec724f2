"""Looks for planted secrets in all that a user could print, log, pickle or send to a crash reporter."""

import pickle
import traceback
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path
from types import FunctionType, MethodType, ModuleType, TracebackType
from typing import Any

TESTS = str(Path(__file__).parent.parent)
DEPTH = 8


def leaks(root: object, secrets: Sequence[str]) -> list[str]:
    """Return where in `root` one of the secrets shows, for example ``__cause__.doc``; an empty list is good.

    Looks at str, repr, every attribute and member, at the chain of causes and contexts of an exception, at
    its traceback with the locals of all frames but the tests' own, and at the pickle.
    """
    found = [where for where, text in _texts(root, "", DEPTH, set()) if any(s in text for s in secrets)]
    with suppress(Exception):  # what cannot be pickled cannot leak that way
        pickled = pickle.dumps(root)
        found += ["pickle" for secret in secrets if secret.encode() in pickled]
    return found


def _texts(value: object, where: str, depth: int, seen: set[int]) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        # Not str(value): a subclass could hide there what pickle and vars give away.
        yield where, str.__str__(value)
    elif isinstance(value, (bytes, bytearray)):
        yield where, value.decode("latin-1")
    elif isinstance(value, TracebackType):
        yield from _frames(value, where)
    elif id(value) not in seen and not isinstance(value, (type, ModuleType, FunctionType, MethodType, int, float)):
        seen.add(id(value))
        yield f"{where} (repr)", repr(value)
        yield f"{where} (str)", str(value)
        for name, member in _members(value) if depth else ():
            yield from _texts(member, f"{where}.{name}", depth - 1, seen)


def _members(value: Any) -> Iterator[tuple[str, object]]:
    """Give the attributes of an object, and what an exception or a container holds."""
    yield from getattr(value, "__dict__", {}).items()
    names = [vars(kind).get("__slots__", ()) for kind in type(value).__mro__]
    if isinstance(value, BaseException):
        names.append(("args", "__cause__", "__context__", "__traceback__"))
    for name in [each for group in names for each in ([group] if isinstance(group, str) else group)]:
        if hasattr(value, name):
            yield name, getattr(value, name)
    if isinstance(value, (Mapping, Sequence, AbstractSet)):
        for index, member in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            yield f"[{index}]", member
            if isinstance(value, Mapping):
                yield f"[{member!r}]", value[member]


def _frames(value: TracebackType, where: str) -> Iterator[tuple[str, str]]:
    """Give the locals of each frame as crash reporters show them."""
    for frame, line in traceback.walk_tb(value):
        if not frame.f_code.co_filename.startswith(TESTS):
            for name, local in frame.f_locals.items():
                yield f"{where}: {name} in {frame.f_code.co_name}, {frame.f_code.co_filename}:{line}", repr(local)

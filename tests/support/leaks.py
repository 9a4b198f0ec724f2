"""Looks for planted secrets in all that a user could print, log, pickle or send to a crash reporter."""

import logging
import pickle
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path
from types import FunctionType, MethodType, ModuleType, TracebackType
from typing import Any, cast

TESTS = str(Path(__file__).parent.parent)
DEPTH = 8
LONGEST_SHOWN = 80  # characters, before reporters cut


def leaks(root: object, secrets: Sequence[str]) -> list[str]:
    """Return where in `root` one of the secrets shows, for example ``__cause__.doc``; an empty list is good.

    Looks at str, repr, every attribute and member, at the chain of causes and contexts of an exception, at
    its traceback with the locals of all frames but the tests' own, and at the pickle.
    """
    found = [where for where, text in _texts(root, "", DEPTH, set()) if any(s in text for s in secrets)]
    try:
        pickled = pickle.dumps(root)
    except Exception:  # noqa: BLE001  (what cannot be pickled cannot leak that way)
        pickled = b""
    return found + ["pickle" for secret in secrets if secret.encode() in pickled]


def record_texts(records: Iterable[logging.LogRecord]) -> list[object]:
    """Return what handlers and formatters see of log records."""
    return [(r.getMessage(), r.args, r.exc_info and r.exc_info[1], r.exc_text, r.stack_info) for r in records]


def _texts(value: object, where: str, depth: int, seen: set[int]) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        # Not str(value): a subclass could hide there what pickle and vars give away.
        yield where, str.__str__(value)
        return
    if isinstance(value, (bytes, bytearray)):
        yield where, value.decode("latin-1")
        return
    if id(value) in seen or isinstance(value, (type, ModuleType, FunctionType, MethodType, int, float)):
        return
    seen.add(id(value))
    yield f"{where} (repr)", repr(value)
    yield f"{where} (str)", str(value)
    if isinstance(value, TracebackType):
        yield from _frames(value, where)
    elif depth:
        for name, member in (*_members(value), *_attributes(value)):
            yield from _texts(member, f"{where}.{name}" if where else name, depth - 1, seen)


def _members(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, BaseException):
        for name in ("args", "__cause__", "__context__", "__traceback__"):
            yield name, getattr(value, name)
    if isinstance(value, Mapping):
        for key, member in cast("Mapping[object, object]", value).items():
            yield f"[{key!r}]", member
            yield f"[{key!r}] (the key)", key
    elif isinstance(value, (Sequence, AbstractSet)):
        for index, member in enumerate(cast("Iterable[object]", value)):
            yield f"[{index}]", member


def _attributes(value: object) -> Iterator[tuple[str, object]]:
    yield from getattr(value, "__dict__", {}).items()
    for kind in type(value).__mro__:
        slots: str | Iterable[str] = vars(kind).get("__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            if hasattr(value, name):
                yield name, getattr(value, name)


def _frames(value: TracebackType, where: str) -> Iterator[tuple[str, str]]:
    """Give the locals of each frame as crash reporters show them: members of containers, long strings cut."""
    for frame, line in traceback.walk_tb(value):
        if not frame.f_code.co_filename.startswith(TESTS):
            for name, local in frame.f_locals.items():
                for text in _reported(local, 4):
                    yield f"{where}: {name} in {frame.f_code.co_name}, {frame.f_code.co_filename}:{line}", text


def _reported(value: object, depth: int) -> Iterator[str]:
    with suppress(AttributeError):  # of an object whose __init__ did not end
        yield repr(value)
    if isinstance(value, (str, bytes)) and len(value) > LONGEST_SHOWN:
        yield repr(value[:LONGEST_SHOWN])
    elif isinstance(value, (Mapping, list, tuple, set, frozenset)) and depth:
        for member in _held(value):
            yield from _reported(member, depth - 1)


def _held(container: Any) -> Iterable[object]:
    return container.items() if isinstance(container, Mapping) else container  # pyright: ignore[reportUnknownVariableType]

"""Plain JSON values: told apart in a way that type checkers follow, read, and copied at any depth.

Nothing here recurses: a response can be nested deeper than what is left of the stack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeGuard

# Deeper values are neither pickled nor encoded: pickle and json recurse, and would end in a RecursionError.
MAX_DEPTH = 100

_BOOLEANS = {"1": True, "true": True, "0": False, "false": False}


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Return whether a decoded JSON value is an object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Return whether a decoded JSON value is a list."""
    return isinstance(value, list)


def read_bool(value: object) -> bool | None:
    """Return the boolean that a value stands for; the API also sends numbers as strings.

    Returns:
        True for true, 1, "1" and "true"; False for false, 0, "0" and "false" (in any case); None for anything else.
    """
    if isinstance(value, str):
        return _BOOLEANS.get(value.lower())
    return bool(value) if isinstance(value, int) and value in (0, 1) else None


def copy_json(value: Any, leaf: Callable[[Any], Any]) -> Any:
    """Copy the dicts and lists of a value, at every depth; shared and cyclic ones stay so.

    Args:
        value: Any value.
        leaf: Called for each value that is neither a dict nor a list; its result is what the copy holds.

    Returns:
        The copy.
    """
    if not _is_plain(value):
        return leaf(value)
    root: list[Any] = [value]
    copies: dict[int, Any] = {}
    waiting: list[Any] = [root]
    while waiting:
        container: Any = waiting.pop()
        for key in _keys(container):
            item: Any = container[key]
            if not _is_plain(item):
                container[key] = leaf(item)
                continue
            if id(item) not in copies:
                copies[id(item)] = item.copy()
                waiting.append(copies[id(item)])
            container[key] = copies[id(item)]
    return root[0]


def is_too_deep(value: Any) -> bool:
    """Return whether the dicts and lists of a value are nested more than `MAX_DEPTH` deep, or within themselves."""
    level: dict[int, Any] = {id(value): value}
    for _ in range(MAX_DEPTH):
        items = (item for container in level.values() for item in _items(container))
        level = {id(item): item for item in items if is_object(item) or is_list(item)}
        if not level:
            return False
    return True


def _is_plain(value: object) -> bool:
    return type(value) is dict or type(value) is list


def _keys(container: Any) -> Iterable[Any]:
    return list(container) if is_object(container) else range(len(container))


def _items(value: Any) -> Iterable[Any]:
    if is_object(value):
        return value.values()
    return value if is_list(value) else ()

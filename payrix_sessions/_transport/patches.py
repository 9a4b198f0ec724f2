"""Whether tools have put something of theirs in the place of what a short cut goes around."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any


def own_function(owner: type[Any] | ModuleType, name: str) -> Callable[[], bool]:
    """Return what tells whether a library's function is still its own: tools put theirs in its place.

    Whether they did so before this package was imported or after makes no difference.

    Args:
        owner: The class or module.
        name: The function.
    """
    function = getattr(owner, name)
    # A tool may have come before this module; some change the code of a function in its place.
    code = function.__code__ if type(function) is FunctionType else None
    module = owner if isinstance(owner, ModuleType) else sys.modules[owner.__module__]
    own_code = code if code and code.co_filename == module.__file__ else None

    def is_own() -> bool:
        current = getattr(owner, name)
        # Not None, which stands for code that was a tool's from the beginning.
        return current is function and getattr(current, "__code__", owner) is own_code

    return is_own

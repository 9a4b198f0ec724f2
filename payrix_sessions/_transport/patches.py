"""Whether tools have put something of theirs in the place of what a short cut goes around."""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import Any


class LibraryFunction:
    """Tells whether a function that a short cut goes around is still the library's own: tools put theirs in its place.

    Whether they did so before this package was imported or after makes no difference.

    Args:
        owner: The class or module.
        name: The function.
    """

    def __init__(self, owner: type[Any] | ModuleType, name: str) -> None:
        self._owner = owner
        self._name = name
        self._function = getattr(owner, name)
        # A tool may have come before this module; some change the code of a function in its place.
        code = self._function.__code__ if type(self._function) is FunctionType else None
        module = owner if isinstance(owner, ModuleType) else sys.modules[owner.__module__]
        self._code = code if code and code.co_filename == module.__file__ else None

    def __call__(self) -> bool:
        current = getattr(self._owner, self._name)
        return current is self._function and getattr(current, "__code__", self) is self._code

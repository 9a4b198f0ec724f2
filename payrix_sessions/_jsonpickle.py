"""How jsonpickle sees the classes of this package.

Models and enums are encoded in their wire form, so that a later version can decode what was stored; classes that hold
credentials are rejected. jsonpickle never walks through a model, in neither direction: members of a response that look
like its own tags stay data. The classes are registered by their own modules; none is known here.
"""

from __future__ import annotations

from typing import Any, NoReturn

from jsonpickle.handlers import BaseHandler, registry

from payrix_sessions._exceptions import ArgumentException
from payrix_sessions._json_types import is_too_deep

_CLASS = "py/object"
_STATE = "py/state"


class _ModelHandler(BaseHandler):
    def flatten(self, obj: Any, data: dict[str, Any]) -> dict[str, Any]:
        members: dict[str, Any] = obj.to_dictionary()
        if is_too_deep(members):
            raise ArgumentException(f"this {type(obj).__name__} is nested too deep to be encoded, or holds itself")
        if not self.context.unpicklable:
            return members
        # Beside the class, a member that jsonpickle reserves would be taken for one of its tags.
        data.update({_STATE: members} if any(str(name).startswith("py/") for name in members) else members)
        return data

    def restore(self, obj: dict[str, Any]) -> Any:
        members = obj.get(_STATE) or {name: value for name, value in obj.items() if name != _CLASS}
        return _class_of(self, obj).from_dictionary(members)


class _EnumHandler(BaseHandler):
    def flatten(self, obj: Any, data: dict[str, Any]) -> Any:
        return {**data, "value": obj.value} if self.context.unpicklable else obj.value

    def restore(self, obj: dict[str, Any]) -> Any:
        try:
            return _class_of(self, obj)(obj["value"])
        except ValueError:
            return obj["value"]  # a member that only another version has: kept, as in a response


def _class_of(handler: BaseHandler, obj: dict[str, Any]) -> Any:
    # Through the context, which knows the classes that the caller passed to jsonpickle.decode.
    return handler.context.restore({"py/type": obj[_CLASS]}, reset=False)


def register_model(cls: type[Any]) -> None:
    """Let jsonpickle encode and decode a model and its subclasses through `to_dictionary` and `from_dictionary`."""
    registry.register(cls, _ModelHandler, base=True)


def register_enum(cls: type[Any]) -> None:
    """Let jsonpickle encode and decode an enum and its subclasses by value."""
    registry.register(cls, _EnumHandler, base=True)


def reject_pickles_of(cls: type[Any], message: str) -> None:
    """Make jsonpickle reject a class and its subclasses, when encoding and when decoding.

    Args:
        cls: The class.
        message: The text of the `TypeError` that is raised.
    """

    def reject(*_: Any) -> NoReturn:
        raise TypeError(message)

    registry.register(cls, type("Rejection", (BaseHandler,), {"flatten": reject, "restore": reject}), base=True)

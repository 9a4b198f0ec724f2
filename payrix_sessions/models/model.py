"""What all models share: reading from the wire, writing back, and showing themselves.

A model is a dataclass whose fields are declared with `wire`: the declaration is the one table of wire names,
used in both directions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, fields
from enum import IntEnum
from typing import Any, ClassVar, TypeVar

from payrix_sessions.json_types import is_list, is_object
from payrix_sessions.masking import MASK, is_secret, mask_members

M = TypeVar("M", bound="Model")

_LIST_SHOWN = 10


def wire(name: str, kind: type[IntEnum | Model] | None = None, *, many: bool = False) -> Any:
    """Declare a model's field: its name in JSON and what its value becomes (a list of that when `many`)."""
    return field(default=None, metadata={"name": name, "kind": kind, "many": many})


class Model:
    """The base of all models: two-way conversion with plain dictionaries of wire names, and masked printing."""

    # _rest: the members that the model does not know, None while there are none: most answers have none.
    # _came: the wire names that came, so that to_dictionary tells null from missing.
    __slots__ = ("_came", "_rest")

    @property
    def additional_properties(self) -> dict[str, Any]:
        """What the API sent and the model does not know, or what to send beyond what the model knows."""
        rest: dict[str, Any] | None = getattr(self, "_rest", None)
        if rest is None:
            rest = {}
            self._rest = rest
        return rest

    @classmethod
    def from_dictionary(cls: type[M], dictionary: dict[str, Any]) -> M:
        """Build the model from a dictionary with wire names, as `json.loads` gives it.

        Null and missing read as None, numbers of flags may be text, unknown members go to
        `additional_properties`, a value of another type than declared stays as it came.

        Args:
            dictionary: The members; it is not changed.

        Returns:
            The model, with every declared attribute present.

        Raises:
            ArgumentException: When it is given something else than a dictionary.
        """
        source: Any = dictionary
        if not isinstance(source, dict):
            # Imported here because the exceptions carry models.
            from payrix_sessions.exceptions.payrix_exception import ArgumentException  # noqa: PLC0415

            raise ArgumentException(f"dictionary must be a dict, not {type(source).__name__}")
        model: M = _reader(cls)(dictionary)
        return model

    def to_dictionary(self, *, mask_secrets: bool = False) -> dict[str, Any]:
        """Return the model as a dictionary of wire names and plain JSON values, the inverse of from_dictionary.

        Args:
            mask_secrets: Replace session keys and passwords by ``***`` (default: False).

        Returns:
            A new dictionary with what is set, and null for what came and is None; what was missing is left out.
        """
        came = getattr(self, "_came", ())
        result: dict[str, Any] = {}
        for attribute, name in _names(type(self)).items():
            value = getattr(self, attribute)
            if value is not None or name in came:
                result[name] = _plain(value)
        result.update(getattr(self, "_rest", None) or {})
        return mask_members(result) if mask_secrets else result

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = (*_names(type(self)), "additional_properties")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    __hash__: ClassVar[None]  # type: ignore[assignment]  # models can be changed, so __eq__ takes it away

    def __repr__(self) -> str:
        shown = ", ".join(f"{attribute}={value!r}" for attribute, value in self._shown())
        return f"{type(self).__name__}({shown})"

    def __str__(self) -> str:
        return "\n".join([type(self).__name__, *_lines(self, "  ")])

    def _shown(self) -> list[tuple[str, Any]]:
        """List what a reader may see: the attributes that are set, secrets masked."""
        shown: list[tuple[str, Any]] = []
        for attribute, name in _names(type(self)).items():
            value = getattr(self, attribute)
            if value is not None:
                shown.append((attribute, MASK if is_secret(name) else mask_members(value)))
        rest = getattr(self, "_rest", None)
        return [*shown, ("additional_properties", mask_members(rest))] if rest else shown


# What is worked out once for each class.
_NAMES: dict[type[Any], dict[str, str]] = {}
_READERS: dict[type[Any], Callable[[dict[str, Any]], Any]] = {}


def _names(model: type[Any]) -> dict[str, str]:
    """Map each attribute of the model to its wire name."""
    if model not in _NAMES:
        _NAMES[model] = {f.name: f.metadata["name"] for f in fields(model)}
    return _NAMES[model]


def _reader(model: type[Any]) -> Callable[[dict[str, Any]], Any]:
    """Return the function that builds the model from a dictionary."""
    if model not in _READERS:
        _READERS[model] = _write_reader(model)
    return _READERS[model]


def _write_reader(model: type[Any]) -> Callable[[dict[str, Any]], Any]:
    """Write the function that builds the model from a dictionary, as dataclasses write their ``__init__``.

    One straight function for each model reads a page in half the time of a loop over its fields.
    """
    scope: dict[str, Any] = {"model": model, "new": object.__new__}
    body = ["def read(source):", " rest = source.copy()", " pop = rest.pop", " it = new(model)"]
    for f in fields(model):
        name, kind, many = f.metadata["name"], f.metadata["kind"], f.metadata["many"]
        value = f"pop({name!r}, None)"
        if kind is not None and issubclass(kind, IntEnum):
            # A flag may come as text; True and 1.0 are equal to 1 but were not sent as 1, so types decide.
            scope[f.name] = {text: member for member in kind for text in (member.value, str(member.value))}.get
            value = f"{f.name}(v, v) if (t := (v := {value}).__class__) is int or t is str else v"
        elif kind is not None:
            scope[f.name] = (_list_reader if many else _object_reader)(kind)
            value = f"{f.name}({value})"
        body.append(f" it.{f.name} = {value}")
    body += [
        " it._rest = rest or None",
        " it._came = names if len(source) - len(rest) == count else came(source)",
        " return it",
    ]
    names = frozenset(_names(model).values())
    scope |= {"names": names, "count": len(names)}

    # Answers have few shapes; that sessions share them keeps each one small.
    shapes: dict[frozenset[str], frozenset[str]] = {}

    def came(source: dict[str, Any]) -> frozenset[str]:
        shape = names.intersection(source)
        return shapes.setdefault(shape, shape)

    scope["came"] = came
    exec("\n".join(body), scope)  # noqa: S102  (our own field names and nothing from outside)
    reader: Callable[[dict[str, Any]], Any] = scope["read"]
    return reader


def _object_reader(model: type[Model]) -> Callable[[Any], Any]:
    read = _reader(model)
    return lambda value: read(value) if is_object(value) else value


def _list_reader(model: type[Model]) -> Callable[[Any], Any]:
    read = _reader(model)

    def read_list(value: Any) -> Any:
        if not is_list(value):
            return value
        # isinstance, because a page has many: a call for each would show in the benchmarks.
        return [read(item) if isinstance(item, dict) else item for item in value]  # pyright: ignore[reportUnknownArgumentType]

    return read_list


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.to_dictionary()
    if isinstance(value, IntEnum):
        return value.value
    if is_list(value):
        return [_plain(item) for item in value]
    return value


def _lines(model: Model, indent: str) -> list[str]:
    """Lay out a model one field a line, nested models below their field, long lists cut."""
    lines: list[str] = []
    for attribute, value in model._shown():  # pyright: ignore[reportPrivateUsage]
        if isinstance(value, Model):
            lines += [f"{indent}{attribute}:", *_lines(value, indent + "  ")]
        elif is_list(value) and value:
            lines.append(f"{indent}{attribute}: {len(value)}")
            for item in value[:_LIST_SHOWN]:
                lines += _item_lines(item, indent + "  ", alone=len(value) == 1)
            if len(value) > _LIST_SHOWN:
                lines.append(f"{indent}  ... and {len(value) - _LIST_SHOWN} more")
        elif isinstance(value, IntEnum):
            lines.append(f"{indent}{attribute}: {value.value} ({value.name})")
        else:
            lines.append(f"{indent}{attribute}: {value}")
    return lines


def _item_lines(item: Any, indent: str, *, alone: bool) -> list[str]:
    if alone and isinstance(item, Model):
        return [f"{indent}{type(item).__name__}", *_lines(item, indent + "  ")]
    return [f"{indent}- {item!r}"]

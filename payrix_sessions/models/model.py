"""The base of all models: reading from wire names, writing back, copies, and redacted printing.

A model is a slotted dataclass whose fields are declared with `wire`: the declaration is the one table of wire names,
used in both directions. Nothing here knows a particular model, or where a dictionary comes from.
"""

import copy
from dataclasses import InitVar, dataclass, field, fields
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

from payrix_sessions._exceptions import ArgumentException
from payrix_sessions._json_types import copy_json, is_list, is_object, is_too_deep
from payrix_sessions._jsonpickle import register_model
from payrix_sessions._redaction import MASK, hides_arguments, is_secret_member, printable, redact_members
from payrix_sessions.models._reading import plain_dict, reader, wire_name

M = TypeVar("M", bound="Model")

_WIDTH = 80  # columns of a printed list
_LIST_SHOWN = 10


def wire(name: str, kind: type[Any] | None = None, *, many: bool = False, like: str | None = None) -> Any:
    """Declare a field of a model.

    Args:
        name: Its name in JSON.
        kind: What its value becomes when it is read: an `IntEnum`, a model, or a bool where a string stands for one
            (default: it stays as it came).
        many: Whether the value is a list of `kind` (default: False).
        like: An attribute whose value is often the same string, which is then kept once (default: none).
    """
    return field(default=None, metadata={"name": name, "kind": kind, "many": many, "like": like})


class _Carried:
    """An argument of ``__init__`` that is no field: `dataclasses.replace` passes it on, `asdict` leaves it out."""

    def __init__(self, slot: str, empty: type[Any]) -> None:
        self._slot = slot
        self._empty = empty

    def __get__(self, model: Any, owner: type[Any]) -> Any:
        if model is None:
            return ()  # the argument's default; None would make typing.get_type_hints fail on Python 3.10
        value = getattr(model, self._slot, None)
        if value is None:
            value = self._empty()
            setattr(model, self._slot, value)
        return value

    def __set__(self, model: Any, value: Any) -> None:
        setattr(model, self._slot, value)


@dataclass(eq=False, repr=False, kw_only=True)
class Model:
    """The base of all models.

    Attributes:
        additional_properties: Members that the model does not declare: sent by the API, or to be sent.
    """

    # _extra: the additional properties, None while there are none, since most records have none.
    # _fields_set: the wire names that were present, so that to_dictionary tells null from missing.
    __slots__ = ("_extra", "_fields_set")

    if TYPE_CHECKING:
        additional_properties: dict[str, Any] = field(default_factory=dict[str, Any])
    else:
        additional_properties: InitVar[dict[str, Any]] = _Carried("_extra", dict)
        _present: InitVar[frozenset[str]] = _Carried("_fields_set", frozenset)

        def __post_init__(self, additional_properties: Any, _present: Any) -> None:
            self._extra = dict(additional_properties) if additional_properties else None
            self._fields_set = frozenset(_present)

    @classmethod
    @hides_arguments
    def from_dictionary(cls: type[M], dictionary: dict[str, Any]) -> M:
        """Build the model from a dictionary with wire names, as `json.loads` returns it.

        Null and missing read as None, flags may be strings, unknown members go to `additional_properties`, and a value
        of another type than declared stays as it came.

        Args:
            dictionary: The members; it is not changed.

        Returns:
            The model, with every declared attribute present.

        Raises:
            ArgumentException: It is not a dict.
        """
        source: Any = dictionary
        if not is_object(source):
            raise ArgumentException(f"dictionary must be a dict, not {type(source).__name__}")
        try:
            model: M = reader(cls)(plain_dict(source))
        except RecursionError:
            _raise_too_deep(cls, "read")
        return model

    def to_dictionary(self, *, mask_secrets: bool = False) -> dict[str, Any]:
        """Return the model as a dictionary of wire names and plain JSON values, the inverse of `from_dictionary`.

        Args:
            mask_secrets: Replace session keys and passwords by ``***`` (default: False).

        Returns:
            A new dictionary with what is set, and null for what came as null; what was missing is left out.

        Raises:
            ArgumentException: Models are nested too deep in each other.
        """
        try:
            return self._to_dictionary(mask_secrets)
        except RecursionError:
            _raise_too_deep(type(self), "written")

    def _to_dictionary(self, mask_secrets: bool) -> dict[str, Any]:
        def leaf(value: Any) -> Any:
            if isinstance(value, Model):
                return value.to_dictionary(mask_secrets=mask_secrets)
            return value.value if isinstance(value, IntEnum) else value

        present = getattr(self, "_fields_set", None) or ()
        result: dict[str, Any] = {}
        for attribute, name in _names(type(self)).items():
            value = getattr(self, attribute)
            if value is not None or name in present:
                hidden = mask_secrets and _is_hidden(type(self), attribute, value)
                result[name] = MASK if hidden else value if type(value) is str else copy_json(value, leaf)
        extra = getattr(self, "_extra", None)
        if extra:
            result.update(copy_json(extra, leaf))
        if mask_secrets:
            # Member by member: one that is too deep to be searched for secrets is redacted as a whole.
            return {name: _redacted(name, value) for name, value in result.items()}
        return result

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = (*_names(type(self)), "additional_properties")
        try:
            return all(getattr(self, name) == getattr(other, name) for name in names)
        except RecursionError:
            _raise_too_deep(type(self), "compared")

    __hash__: ClassVar[None]  # type: ignore[assignment]  # models can be changed, so __eq__ takes it away

    def __copy__(self: M) -> M:
        try:
            state, made = self._state(), _new(type(self))
            made.__setstate__({**state, "_extra": dict(state.get("_extra") or {}) or None})
        except RecursionError:
            _raise_too_deep(type(self), "copied")
        return made

    def __deepcopy__(self: M, memo: dict[int, Any]) -> M:
        try:
            made = memo[id(self)] = _new(type(self))
            made.__setstate__(copy_json(self._state(), lambda value: copy.deepcopy(value, memo)))
        except RecursionError:
            _raise_too_deep(type(self), "copied")
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        try:
            state = self._state()
            deep = any(is_too_deep(value) for value in state.values())
        except RecursionError:
            deep, state = True, {}
        if deep:
            _raise_too_deep(type(self), "pickled")
        return _new, (type(self),), state

    def __setstate__(self, state: dict[str, Any]) -> None:
        # The state may be one of a version that declared fewer fields.
        for name, value in {**dict.fromkeys(_names(type(self))), **state}.items():
            setattr(self, name, value)

    def _state(self) -> dict[str, Any]:
        """Return everything that is stored in the model, what subclasses add included."""
        slots = [name for cls in type(self).__mro__ for name in cls.__dict__.get("__slots__", ())]
        values = {name: getattr(self, name) for name in slots if hasattr(self, name)}
        return {**values, **getattr(self, "__dict__", {})}

    def __repr__(self) -> str:
        try:
            shown = ", ".join(f"{attribute}={_repr(value)}" for attribute, value in self._shown())
        except RecursionError:
            shown = "..."
        return f"{type(self).__name__}({shown})"

    def __str__(self) -> str:
        try:
            return "\n".join([type(self).__name__, *_lines(self, "  ")])
        except RecursionError:
            return f"{type(self).__name__}(...)"

    def _shown(self) -> list[tuple[str, Any]]:
        """List what may be shown: the attributes that are set, secrets redacted."""
        shown: list[tuple[str, Any]] = []
        for attribute in _names(type(self)):
            value = getattr(self, attribute)
            if value is not None:
                hidden = _is_hidden(type(self), attribute, value)
                shown.append((attribute, MASK if hidden else redact_members(value)))
        extra = getattr(self, "_extra", None)
        return [*shown, ("additional_properties", redact_members(extra))] if extra else shown

    @classmethod
    def _rows(cls, models: list[Any], width: int) -> list[str]:  # noqa: ARG003
        """Lay out several models of this class, one a line."""
        return [f"- {model!r}" for model in models]


register_model(Model)

_NAMES: dict[type[Any], dict[str, str]] = {}


def _names(model: type[Any]) -> dict[str, str]:
    """Map each attribute of the model to its wire name; worked out once for each class."""
    if model not in _NAMES:
        _NAMES[model] = {f.name: wire_name(f) for f in fields(model)}
    return _NAMES[model]


def _is_hidden(model: type[Model], attribute: str, value: Any) -> bool:
    """Return whether a value is never shown: a secret, or a string that may be one where a flag belongs."""
    declared = model.__dataclass_fields__[attribute]
    if value is None:
        return False
    if is_secret_member(wire_name(declared)):
        return True
    kind = declared.metadata.get("kind")
    is_flag = isinstance(kind, type) and issubclass(kind, IntEnum)
    return is_flag and not isinstance(value, (int, float)) and value not in ("0", "1")


def _new(model: type[M]) -> M:
    return object.__new__(model)


def _raise_too_deep(model: type[Any], done: str) -> NoReturn:
    raise ArgumentException(f"this {model.__name__} is nested too deep to be {done}, or holds itself") from None


def _redacted(name: str, value: Any) -> Any:
    return MASK if is_secret_member(name) and value is not None else redact_members(value)


def _repr(value: Any) -> str:
    try:
        return repr(value)
    except RecursionError:
        return "..."


def _lines(model: Model, indent: str) -> list[str]:
    """Lay out a model one field a line, nested models below their field."""
    lines: list[str] = []
    for attribute, value in model._shown():  # pyright: ignore[reportPrivateUsage]
        if isinstance(value, Model):
            lines += [f"{indent}{attribute}:", *_lines(value, indent + "  ")]
        elif is_list(value) and value:
            lines += [f"{indent}{attribute}: {len(value)}", *_list_lines(value, indent + "  ")]
        elif isinstance(value, IntEnum):
            lines.append(f"{indent}{attribute}: {value.value} ({value.name})")
        else:
            lines.append(
                f"{indent}{attribute}: {printable(value, len(value)) if isinstance(value, str) else _repr(value)}"
            )
    return lines


def _list_lines(items: list[Any], indent: str) -> list[str]:
    """Lay out one model in full, several as rows; a long list is cut."""
    first = items[0]
    if len(items) == 1 and isinstance(first, Model):
        return [f"{indent}{type(first).__name__}", *_lines(first, indent + "  ")]
    shown = items[:_LIST_SHOWN]
    if isinstance(first, Model) and all(type(item) is type(first) for item in shown):
        rows = first._rows(shown, _WIDTH - len(indent))  # pyright: ignore[reportPrivateUsage]
    else:
        rows = [f"- {_repr(item)}" for item in shown]
    if len(items) > len(shown):
        rows.append(f"... and {len(items) - len(shown)} more")
    return [indent + row for row in rows]

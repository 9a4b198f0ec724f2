"""The way from a decoded JSON object to a model: one function for each model and each shape of record.

The records of an API have few shapes (which members are present, in which order). For each one a straight function is
generated, as dataclasses generate their ``__init__``: it reads a page in a third of the time of a loop over the fields.
Only declared names get into its source; unknown members are values in its scope. Once a model has seen `MAX_SHAPES`,
further ones are read by the loop. No value raises here: what does not fit stays as it came.
"""

import itertools
import linecache
from collections.abc import Callable, Sequence
from dataclasses import fields
from enum import IntEnum
from operator import itemgetter
from typing import Any

from payrix_sessions._json_types import is_list, is_object, read_bool

# Bounds on what is remembered, since the shapes come from outside.
MAX_SHAPES = 32
MAX_SHAPE_LENGTH = 2_000  # characters in all its names

Read = Callable[[dict[str, Any]], Any]

_READERS: dict[type[Any], Read] = {}
_numbers = itertools.count(1)


def reader(model: type[Any]) -> Read:
    """Return the function that builds a model from a plain dict with wire names."""
    if model not in _READERS:
        _READERS[model] = shape_reader(model)
    return _READERS[model]


def shape_reader(model: type[Any]) -> Read:
    """Make the function that reads each shape of record by a function written for it."""
    converters = {f.name: _converter(f.metadata) for f in fields(model)}
    loop = loop_reader(model)
    shapes: dict[tuple[str, ...], Read] = {}
    by_size: dict[int, Read] = {}

    def find(source: dict[str, Any]) -> Read:
        shape = tuple(source)
        read = shapes.get(shape)
        if read is None:
            if len(shapes) >= MAX_SHAPES or sum(len(str(name)) for name in shape) > MAX_SHAPE_LENGTH:
                return loop
            read = shapes[shape] = _generate(model, source, converters)
        by_size[len(shape)] = read
        return read

    def read(source: dict[str, Any]) -> Any:
        # A record of that size most likely has the shape of the last one; if not, one of its names is missing.
        try:
            return by_size[len(source)](source)
        except KeyError:
            return find(source)(source)

    return read


def loop_reader(model: type[Any]) -> Read:
    """Make the function that reads records of any shape, in a plain loop."""
    table = [(f.name, wire_name(f), _converter(f.metadata)) for f in fields(model)]
    known = frozenset(name for _, name, _ in table)

    def read(source: dict[str, Any]) -> Any:
        it = object.__new__(model)
        for attribute, name, convert in table:
            value = source.get(name)
            setattr(it, attribute, convert(value) if convert else value)
        it._fields_set = known.intersection(source)
        it._extra = {name: value for name, value in source.items() if name not in known} or None
        return it

    return read


def wire_name(f: Any) -> str:
    """Return a field's name in JSON; one that a subclass declares without `wire` has its own."""
    name: str = f.metadata.get("name", f.name)
    return name


def _getter(*names: str) -> Callable[[dict[str, Any]], Sequence[Any]]:
    """Make the function that returns the values of these names; it raises a KeyError if one is missing."""
    if len(names) > 1:
        return itemgetter(*names)

    def values(record: dict[str, Any]) -> Sequence[Any]:
        return [record[name] for name in names]

    return values


def _generate(model: type[Any], source: dict[str, Any], converters: dict[str, Any]) -> Read:
    """Generate the function that builds the model from a record with exactly the names of this one."""
    names = {f.name: wire_name(f) for f in fields(model)}
    present = {attribute: name for attribute, name in names.items() if name in source}
    unknown = tuple(name for name in source if name not in names.values())
    scope: dict[str, Any] = {
        "__name__": __name__,  # tells whose frames these are
        "model": model,
        "new": object.__new__,
        "values": _getter(*present.values(), *unknown),
        "fields_set": frozenset(present.values()),
        "zero": 0,
        "one": 1,
    }
    likes = {
        f.name: f.metadata["like"] for f in fields(model) if f.name in present and f.metadata.get("like") in present
    }
    local = {*likes, *likes.values(), *(attribute for attribute in present if converters[attribute])}
    targets = [f"_{attribute}" if attribute in local else f"it.{attribute}" for attribute in present]
    extra = {f"unknown{number}": f"extra{number}" for number in range(len(unknown))}
    pairs = ", ".join(f"{name}: {value}" for name, value in extra.items())
    scope.update(zip(extra, unknown, strict=True))
    lines = [
        "def read(record):",
        " it = new(model)",
        f" [{', '.join([*targets, *extra.values()])}] = values(record)",
        " it._fields_set = fields_set",
        f" it._extra = {{{pairs}}}" if extra else " it._extra = None",
    ]
    for attribute in names:
        convert = converters[attribute]
        if attribute not in present:
            lines.append(f" it.{attribute} = None")
        elif attribute in local:
            scope[f"convert_{attribute}"] = convert
            expression = f"convert_{attribute}(_{attribute})" if convert else f"_{attribute}"
            if isinstance(convert, _FlagConverter):
                # 0 and 1 by identity: True and 1.0 are equal to 1 but not the same, and there is no faster test.
                scope |= {f"zero_{attribute}": convert(0), f"one_{attribute}": convert(1)}
                expression = f"zero_{attribute} if _{attribute} is zero else {expression}"
                expression = f"one_{attribute} if _{attribute} is one else {expression}"
            elif convert is not None and convert is not _read_bool_string:
                expression = f"_{attribute} if type(_{attribute}) is str else {expression}"  # a login that is its id
            if attribute in likes:  # equal strings are kept once
                first = f"_{likes[attribute]}"
                expression = f"{first} if _{attribute} == {first} and type({first}) is str else {expression}"
            lines.append(f" it.{attribute} = {expression}")
    lines.append(" return it")
    text = "\n".join(lines) + "\n"
    # Registered so that tracebacks and debuggers show the source.
    place = f"<payrix_sessions: reading {model.__name__}, {next(_numbers)}>"
    linecache.cache[place] = (len(text), None, text.splitlines(keepends=True), place)
    exec(compile(text, place, "exec"), scope)  # noqa: S102  (our own field names, nothing from outside)
    read: Read = scope["read"]
    return read


class _FlagConverter:
    """Turns the numbers of an enum, and these numbers as strings, into its members."""

    def __init__(self, enum: type[IntEnum]) -> None:
        self._members = {value: member for member in enum for value in (member.value, str(member.value))}

    def __call__(self, value: Any) -> Any:
        # True and 1.0 equal 1 but were not sent as 1, so the type decides.
        return self._members.get(value, value) if type(value) in (int, str) else value


def _converter(metadata: Any) -> Callable[[Any], Any] | None:
    """Return what turns a field's JSON value into its value; None when it stays as it came."""
    kind = metadata.get("kind")
    if kind is None:
        return None
    if kind is bool:
        return _read_bool_string
    if issubclass(kind, IntEnum):
        return _FlagConverter(kind)
    return _list_converter(reader(kind)) if metadata["many"] else _object_converter(reader(kind))


def _read_bool_string(value: Any) -> Any:
    """A string that is a wire's boolean is a trap as it is: "false" is true in a condition."""
    found = read_bool(value) if isinstance(value, str) else None
    return value if found is None else found


def _object_converter(read: Read) -> Callable[[Any], Any]:
    return lambda value: read(plain_dict(value)) if is_object(value) else value


def _list_converter(read: Read) -> Callable[[Any], Any]:
    read_one = _object_converter(read)

    def read_list(value: Any) -> Any:
        if not is_list(value):
            return value
        # The type is tested here because a page has many: a call for each would show in the benchmarks.
        return [read(item) if type(item) is dict else read_one(item) for item in value]  # pyright: ignore[reportUnknownArgumentType]

    return read_list


def plain_dict(value: dict[str, Any]) -> dict[str, Any]:
    """Return a dictionary whose missing names raise a KeyError, which a subclass need not do."""
    return value if type(value) is dict else dict(value)

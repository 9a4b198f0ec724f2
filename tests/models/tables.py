"""Every model with its fields as it declares them; the pages of doc/models, which are checked, write them out."""

import re
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any

from payrix_sessions import models
from payrix_sessions.models.model import Model


@dataclass(frozen=True)
class Table:
    """One model: by attribute, the wire names of all fields and the enums of its flags."""

    model: type[Any]
    wire_names: dict[str, str]
    flags: dict[str, type[IntEnum]]
    booleans: list[str]


def _table(model: type[Any]) -> Table:
    """Make a table of what is declared; what a field is read as, which is tested, is declared once more beside it."""
    types = {field.name: str(field.type) for field in fields(model)}
    enums = {name: re.search(r"\w+Enum", text) for name, text in types.items()}
    flags = {name: getattr(models, found[0]) for name, found in enums.items() if found}
    booleans = [name for name, text in types.items() if "bool" in text]
    return Table(model, {field.name: field.metadata["name"] for field in fields(model)}, flags, booleans)


_CLASSES = [getattr(models, name) for name in models.__all__]
TABLES = [_table(kind) for kind in _CLASSES if issubclass(kind, Model)]
FLAGS: list[type[IntEnum]] = [kind for kind in _CLASSES if issubclass(kind, IntEnum)]

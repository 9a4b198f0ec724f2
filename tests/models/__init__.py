"""Tests of the models and enums, which are listed here; the pages of doc/models, which are checked, write them out."""

from dataclasses import fields
from enum import IntEnum
from typing import Any

from payrix_sessions import models
from payrix_sessions.models.model import Model

_CLASSES: list[type[Any]] = [getattr(models, name) for name in models.__all__]
MODELS = [kind for kind in _CLASSES if issubclass(kind, Model)]
ENUMS = [kind for kind in _CLASSES if issubclass(kind, IntEnum)]


def wire_names(model: type[Any]) -> dict[str, str]:
    """Return the name in JSON of each field that a model declares."""
    return {field.name: field.metadata["name"] for field in fields(model)}

"""The enums: their members, and that they are whole numbers."""

import json
from enum import IntEnum

import pytest

from tests.models.tables import ENUMS


@pytest.mark.parametrize(("enum", "members"), ENUMS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_members_and_values_are_those_of_the_api(enum: type[IntEnum], members: dict[str, int]) -> None:
    assert {name: member.value for name, member in enum.__members__.items()} == members


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
def test_members_are_whole_numbers(enum: type[IntEnum]) -> None:
    for member in enum:
        assert member == member.value
        assert json.dumps(member) == str(member.value)
        assert enum(member.value) is member

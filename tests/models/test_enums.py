"""The enums: their members, and that they are integers."""

import json

from tests.models.tables import ENUMS


def test_members_and_values_are_those_of_the_api() -> None:
    for enum, members in ENUMS.items():
        assert {name: member.value for name, member in enum.__members__.items()} == members


def test_members_are_integers_in_comparisons_in_text_and_in_json() -> None:
    for enum in ENUMS:
        for member in enum:
            assert member == member.value
            assert json.dumps(member) == str(member.value)
            assert f"{member}" == str(member) == str(member.value)
            assert enum(member.value) is member

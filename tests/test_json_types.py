"""Plain JSON values: what stands for a boolean, and what is nested too deep."""

import json

from payrix_sessions._json_types import MAX_DEPTH, is_too_deep, read_bool


def test_booleans_are_read_also_as_numbers_and_strings() -> None:
    rows: list[tuple[object, bool]] = [
        (True, True), (1, True), ("1", True), ("TRUE", True), (False, False), (0, False), ("0", False),
        ("false", False),
    ]  # fmt: skip
    for value, read in rows:
        assert read_bool(value) is read


def test_anything_else_is_no_boolean() -> None:
    rows: list[object] = [None, 2, "yes", "", " 1", 1.0, [], {}]
    for value in rows:
        assert read_bool(value) is None


def test_the_greatest_depth_is_not_too_deep() -> None:
    for text in ("[" * MAX_DEPTH + "]" * MAX_DEPTH, '{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH):
        value = json.loads(text)
        assert not is_too_deep(value)
        assert is_too_deep([value])

"""Checks of types and ranges: options and faults come from untyped callers and from other processes too."""

import math


def is_number(value: object, low: float = -math.inf, high: float = math.inf) -> bool:
    """Tell whether the value is a number, and no bool, from `low` to `high`."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def is_integer(value: object, low: float = -math.inf, high: float = math.inf) -> bool:
    """Tell whether the value is a whole number, and no bool, from `low` to `high`."""
    return isinstance(value, int) and is_number(value, low, high)


def is_flag(value: object) -> bool:
    """Tell whether the value is True or False."""
    return isinstance(value, bool)


def is_text(value: object) -> bool:
    """Tell whether the value is a text."""
    return isinstance(value, str)

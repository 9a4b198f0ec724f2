"""Checks of types and ranges: options, faults and seeded sessions come from untyped callers and other processes."""

import math
from collections.abc import Callable, Mapping
from typing import Any

# What is valid, and the words for it in "NAME must be ...".
Rule = tuple[Callable[[Any], bool], str]


def require(rules: Mapping[str, Rule], values: Mapping[str, object], subject: str = "") -> None:
    """Check each value against the rule of its name.

    Raises:
        ValueError: For the first value that breaks its rule, with the name and what would be right, never the value.
    """
    for name, (is_valid, expected) in rules.items():
        if not is_valid(values[name]):
            raise ValueError(f"{subject}{name} must be {expected}")


def is_number(value: object, low: float = -math.inf, high: float = math.inf) -> bool:
    """Tell whether the value is a number from `low` to `high`; a bool and NaN are not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def is_integer(value: object, low: float = -math.inf, high: float = math.inf) -> bool:
    """Tell whether the value is an integer from `low` to `high`; a bool is not."""
    return isinstance(value, int) and is_number(value, low, high)


def is_bool(value: object) -> bool:
    """Tell whether the value is True or False."""
    return isinstance(value, bool)

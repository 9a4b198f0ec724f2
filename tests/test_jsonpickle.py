"""Classes that jsonpickle must not see the inside of."""

import jsonpickle
import pytest

from payrix_sessions._jsonpickle import reject_pickles_of


class Guarded:
    """Holds a password."""


class Heir(Guarded):
    """A subclass."""


reject_pickles_of(Guarded, "a Guarded cannot be encoded: it holds a password")


def test_a_rejected_class_is_neither_encoded_nor_decoded_nor_are_its_subclasses() -> None:
    for kind in (Guarded, Heir):
        for unpicklable in (True, False):
            with pytest.raises(TypeError, match="it holds a password"):
                jsonpickle.encode({"a": [kind()]}, unpicklable=unpicklable)
        with pytest.raises(TypeError, match="it holds a password"):
            jsonpickle.decode(f'{{"py/object": "{__name__}.{kind.__name__}"}}')

"""doc/api-response.md tells which serialisers show a session's key; what it recommends instead does not."""

import dataclasses
import json
import pickle
import pprint
from collections.abc import Callable
from typing import Any

import pytest

from payrix_sessions import SessionResponse

KEY = "f00dfeedf00dfeedf00dfeedf00dfeed"
SESSION = SessionResponse.from_dictionary({"id": "p1_ssn_example", "key": KEY})


def test_what_reads_the_fields_shows_the_key() -> None:
    rows: list[Callable[[Any], object]] = [dataclasses.asdict, dataclasses.astuple, pickle.dumps]
    for serialise in rows:
        assert KEY in str(serialise(SESSION))


def test_masked_dictionaries_and_whatever_prints_do_not() -> None:
    as_text = json.dumps(SESSION, default=str)
    for shown in (str(SESSION.to_dictionary(mask_secrets=True)), as_text, f"{SESSION}", pprint.pformat([SESSION])):
        assert ("p1_ssn_example" in shown, "***" in shown, KEY in shown) == (True, True, False)


def test_encoders_that_know_no_dataclasses_reject_a_model_without_its_key() -> None:
    with pytest.raises(TypeError) as raised:
        json.dumps(SESSION)
    assert KEY not in str(raised.value)

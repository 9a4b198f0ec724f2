"""doc/testing.md tells which serialisers show a session's key; what it recommends instead does not."""

import dataclasses
import io
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


def masked(session: SessionResponse) -> str:
    return json.dumps(session.to_dictionary(mask_secrets=True))


def as_text(session: SessionResponse) -> str:
    return json.dumps(session, default=str)


def printed(session: SessionResponse) -> str:
    with io.StringIO() as stream:
        print(session, [session], file=stream)
        return stream.getvalue()


def test_masked_dictionaries_and_whatever_prints_do_not() -> None:
    rows: list[Callable[[Any], str]] = [masked, as_text, printed, pprint.pformat]
    for serialise in rows:
        shown = serialise(SESSION)
        assert "p1_ssn_example" in shown
        assert "***" in shown
        assert KEY not in shown


def test_encoders_that_know_no_dataclasses_reject_a_model_without_its_key() -> None:
    with pytest.raises(TypeError) as raised:
        json.dumps(SESSION)
    assert KEY not in str(raised.value)

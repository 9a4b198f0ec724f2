"""doc/api-response.md tells which serialisers show a session's key; what it recommends instead does not."""

import dataclasses
import json
import pickle
import pprint

from payrix_sessions import SessionResponse

KEY = "f00dfeedf00dfeedf00dfeedf00dfeed"


def test_what_reads_the_fields_shows_the_key_and_whatever_prints_does_not() -> None:
    session = SessionResponse.from_dictionary({"id": "p1_ssn_example", "key": KEY})
    for shown in (dataclasses.asdict(session), dataclasses.astuple(session), pickle.dumps(session)):
        assert KEY in str(shown)
    for redacted in (json.dumps(session, default=str), pprint.pformat([session])):
        assert ("p1_ssn_example" in redacted, "***" in redacted, KEY in redacted) == (True, True, False)

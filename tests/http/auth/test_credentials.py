"""The five credentials: how they are made, what is rejected, and that they never show their value."""

import copy
import pickle
from typing import Any

import jsonpickle
import pytest

import payrix_sessions
from payrix_sessions import ConfigurationException
from tests.wire import printed

KINDS: dict[str, type[Any]] = {
    "apikey": payrix_sessions.ApiKeyCredentials,
    "sessionkey": payrix_sessions.SessionKeyCredentials,
    "txnsessionkey": payrix_sessions.TxnSessionKeyCredentials,
    "username": payrix_sessions.UsernameCredentials,
    "password": payrix_sessions.PasswordCredentials,
}
SECRET = "fake-secret"


def test_the_value_is_given_by_keyword_or_position_and_white_space_around_it_is_stripped() -> None:
    for name, kind in KINDS.items():
        for credentials in (kind(SECRET), kind(**{name: f"\t{SECRET}\r\n "})):
            assert getattr(credentials, name) == SECRET
            assert [credentials == other for other in (kind(SECRET), kind("b"), SECRET)] == [True, False, False]
            assert hash(credentials) == hash(kind(SECRET))
    assert all((one(SECRET) == other(SECRET)) is (one is other) for one in KINDS.values() for other in KINDS.values())


def test_the_value_is_shown_by_nothing_and_kept_by_nothing() -> None:
    for name, kind in KINDS.items():
        credentials = kind(SECRET)
        shown = printed(credentials, [credentials], {name: getattr(credentials, name)}, vars(kind))
        assert f"{kind.__name__}('***')" in shown
        assert SECRET not in shown
        for keep in (pickle.dumps, jsonpickle.encode):
            with pytest.raises(TypeError, match="make them where they are used"):
                keep(credentials)
        assert copy.copy(credentials) is copy.deepcopy(credentials) is credentials


def test_what_no_header_can_carry_is_rejected_by_name_without_being_shown() -> None:
    rows: list[Any] = ["", "\t\r\n", None, 5, SECRET.encode()]
    rows += [SECRET + ending for ending in ("\nx", "\x00", "\x85x", "ключ", "\ud800")]
    for value in rows:
        for name, kind in KINDS.items():
            with pytest.raises(ConfigurationException, match=f"^{name} ") as caught:
                kind(value)
            assert SECRET not in f"{caught.value!s} {caught.value!r} {caught.value.args!r}"
            assert caught.value.__cause__ is caught.value.__context__ is None

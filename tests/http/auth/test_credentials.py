"""The five credentials: how they are made, what is rejected, and that they never show their value."""

import copy
import pickle
from typing import Any

import jsonpickle
import pytest

from payrix_sessions import (
    ApiKeyCredentials,
    ConfigurationException,
    PasswordCredentials,
    SessionKeyCredentials,
    TxnSessionKeyCredentials,
    UsernameCredentials,
)
from tests.wire import printed

KINDS: dict[str, type[Any]] = {
    "apikey": ApiKeyCredentials,
    "sessionkey": SessionKeyCredentials,
    "txnsessionkey": TxnSessionKeyCredentials,
    "username": UsernameCredentials,
    "password": PasswordCredentials,
}
SECRET = "fake-secret"

each_kind = pytest.mark.parametrize(("name", "kind"), KINDS.items(), ids=KINDS)


@each_kind
def test_the_value_is_given_by_keyword_or_position_and_white_space_around_it_is_stripped(
    name: str, kind: type[Any]
) -> None:
    assert getattr(kind(SECRET), name) == SECRET
    assert getattr(kind(**{name: f"\t{SECRET}\r\n "}), name) == SECRET
    for wrong in ({"key": SECRET}, {}):
        with pytest.raises(TypeError):
            kind(**wrong)


@each_kind
def test_the_value_is_shown_by_nothing_and_kept_by_nothing(name: str, kind: type[Any]) -> None:
    credentials = kind(SECRET)
    shown = printed(credentials, [credentials], {name: getattr(credentials, name)}, vars(kind))
    assert f"{kind.__name__}('***')" in shown
    assert SECRET not in shown
    for keep in (pickle.dumps, jsonpickle.encode):
        with pytest.raises(TypeError, match="make them where they are used"):
            keep(credentials)
    assert copy.copy(credentials) is copy.deepcopy(credentials) is credentials


def test_what_no_header_can_carry_is_rejected_by_name_without_being_shown() -> None:
    rows: list[Any] = [
        "",
        "\t\r\n",
        f"{SECRET}\nx",
        f"{SECRET}\x00",
        f"{SECRET}\x85x",
        f"{SECRET}ключ",
        f"{SECRET}\ud800",
        None,
        5,
        SECRET.encode(),
    ]
    for value in rows:
        for name, kind in KINDS.items():
            with pytest.raises(ConfigurationException, match=f"^{name} ") as caught:
                kind(value)
            assert SECRET not in f"{caught.value!s} {caught.value!r} {caught.value.args!r}"
            assert caught.value.__cause__ is caught.value.__context__ is None


def test_credentials_are_equal_by_kind_and_value() -> None:
    assert ApiKeyCredentials("a") == ApiKeyCredentials(" a\n")
    assert ApiKeyCredentials("a") != ApiKeyCredentials("b")
    assert ApiKeyCredentials("a") != SessionKeyCredentials("a")
    assert ApiKeyCredentials("a") != "a"
    assert len({ApiKeyCredentials("a"), ApiKeyCredentials(" a"), SessionKeyCredentials("a")}) == 2

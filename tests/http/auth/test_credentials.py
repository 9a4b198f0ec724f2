"""The five credentials: how they are made, what is refused, and that they never show their value."""

from typing import Any

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
def test_the_value_is_given_by_keyword_or_by_position(name: str, kind: type[Any]) -> None:
    assert getattr(kind(SECRET), name) == SECRET
    assert getattr(kind(**{name: SECRET}), name) == SECRET


@each_kind
def test_another_keyword_is_refused(name: str, kind: type[Any]) -> None:
    with pytest.raises(TypeError):
        kind(key=SECRET)
    with pytest.raises(TypeError):
        kind()


@each_kind
@pytest.mark.parametrize("value", [f" {SECRET}", f"{SECRET}\n", f"\t{SECRET}\r\n ", f"\n{SECRET}"], ids=ascii)
def test_white_space_around_is_stripped(name: str, kind: type[Any], value: str) -> None:
    assert getattr(kind(value), name) == SECRET


@each_kind
@pytest.mark.parametrize("value", ["", " ", "\n", "\t\r\n"], ids=ascii)
def test_nothing_is_refused(name: str, kind: type[Any], value: str) -> None:
    with pytest.raises(ConfigurationException) as caught:
        kind(value)
    assert name in str(caught.value).lower().replace("_", "")


@each_kind
@pytest.mark.parametrize(
    "value",
    [
        f"{SECRET}\nx",
        f"{SECRET}\r\nX: y",
        f"{SECRET}\x00",
        f"{SECRET}\x7f",
        f"{SECRET}ключ",
        f"{SECRET}\ud800",
    ],
    ids=ascii,
)
def test_what_a_header_cannot_carry_is_refused_without_showing_it(name: str, kind: type[Any], value: str) -> None:
    with pytest.raises(ConfigurationException) as caught:
        kind(value)
    assert SECRET not in f"{caught.value!s} {caught.value!r} {caught.value.args!r}"
    assert caught.value.__cause__ is None
    assert SECRET not in repr(caught.value.__context__)


@each_kind
@pytest.mark.parametrize(
    "value", [None, 5, True, b"fake-secret", ["fake-secret"], object()], ids=lambda v: type(v).__name__
)
def test_only_text_is_taken(name: str, kind: type[Any], value: object) -> None:
    with pytest.raises(ConfigurationException) as caught:
        kind(value)
    assert SECRET not in str(caught.value)


@each_kind
def test_the_value_is_never_printed(name: str, kind: type[Any]) -> None:
    credentials = kind(SECRET)
    shown = printed(credentials, [credentials], {"credentials": credentials})
    assert kind.__name__ in shown
    assert SECRET not in shown

"""The five credentials: how they are made, which a request carries, and what is said when none fits or is accepted."""

import copy
import pickle
from typing import Any

import jsonpickle
import pytest
from responses import RequestsMock

import payrix_sessions
from payrix_sessions import APIException, Client, ConfigurationException
from tests import fixtures
from tests.controllers.conftest import Fail
from tests.wire import CREATE, GET_MANY, OPERATIONS, header, printed, reply, sent

SECRET = "fake-secret"
# By header, the classes and the options of the client; the arguments are the headers in small letters.
KINDS: dict[str, tuple[type[Any], str]] = {
    "APIKEY": (payrix_sessions.ApiKeyCredentials, "api_key_credentials"),
    "SESSIONKEY": (payrix_sessions.SessionKeyCredentials, "session_key_credentials"),
    "TXNSESSIONKEY": (payrix_sessions.TxnSessionKeyCredentials, "txn_session_key_credentials"),
    "USERNAME": (payrix_sessions.UsernameCredentials, "username_credentials"),
    "PASSWORD": (payrix_sessions.PasswordCredentials, "password_credentials"),
}


def given(*headers: str) -> dict[str, Any]:
    return {KINDS[name][1]: KINDS[name][0](f"fake-{name.lower()}") for name in headers}


def test_the_value_is_given_by_keyword_or_position_stripped_and_shown_and_kept_by_nothing() -> None:
    for name, (kind, _) in KINDS.items():
        for credentials in (kind(SECRET), kind(**{name.lower(): f"\t{SECRET}\r\n "})):
            value = getattr(credentials, name.lower())
            assert (value, hash(credentials)) == (SECRET, hash(kind(SECRET)))
            assert [credentials == other for other in (kind(SECRET), kind("b"), SECRET)] == [True, False, False]
            assert [other for other, _ in KINDS.values() if other(SECRET) == credentials] == [kind]
            shown = printed(credentials, [credentials], {name: value}, vars(kind))
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
        for name, (kind, _) in KINDS.items():
            with pytest.raises(ConfigurationException, match=f"^{name.lower()} ") as caught:
                kind(value)
            assert SECRET not in f"{caught.value!s} {caught.value!r} {caught.value.args!r}"
            assert caught.value.__cause__ is caught.value.__context__ is None


def test_exactly_one_kind_goes_on_the_wire_or_nothing_is_sent_and_what_would_fit_is_named(api: RequestsMock) -> None:
    # Given, and what goes out: with every method, or with POST alone.
    rows: list[tuple[tuple[str, ...], set[str], set[str]]] = [
        (tuple(KINDS), {"APIKEY"}, {"APIKEY"}),
        (("PASSWORD", "USERNAME", "TXNSESSIONKEY", "SESSIONKEY"), {"SESSIONKEY"}, {"SESSIONKEY"}),
        (("USERNAME", "PASSWORD", "TXNSESSIONKEY"), {"TXNSESSIONKEY"}, {"TXNSESSIONKEY"}),
        (("USERNAME", "PASSWORD"), set(), {"USERNAME", "PASSWORD"}),
        (("USERNAME",), set(), set()),
        (("PASSWORD",), set(), set()),
        ((), set(), set()),
    ]
    reply(api)
    for kinds, any_method, post in rows:
        with Client(max_retries=0, **given(*kinds)) as client:
            # Twice, because the core's own way keeps the choice of a call.
            for operation in (*OPERATIONS, *OPERATIONS):
                api.calls.reset()
                expected = post if operation is CREATE else any_method
                if expected:
                    operation(client.sessions)
                    headers = {name: header(sent(api), name) for name in KINDS if name in sent(api).headers}
                    assert headers == {name: f"fake-{name.lower()}" for name in expected}
                    continue
                with pytest.raises(ConfigurationException) as caught:
                    operation(client.sessions)
                assert len(api.calls) == 0
                login = ", or username_credentials together with password_credentials" if operation is CREATE else ""
                named = ", ".join(given(*kinds)) or "none"
                assert str(caught.value) == (
                    "this call needs credentials: api_key_credentials, or session_key_credentials, or "
                    f"txn_session_key_credentials{login}; the client was given {named}"
                )


# tests/http/test_what_is_told.py has the whole text of a 400 and a 401.
def test_credentials_that_are_rejected_are_told_with_where_they_were_sent(api: RequestsMock, fail: Fail) -> None:
    told = r"\(TXNSESSIONKEY sent to test-api\.payrix\.com; keys of sandbox and production differ\)"
    reply(api, fixtures.load("invalid_auth"))
    with Client(**given("TXNSESSIONKEY")) as client, pytest.raises(APIException, match=told):
        GET_MANY(client.sessions).raise_for_errors()
    api.reset()
    reply(api, "<p>no</p>", status=403)
    with Client(base_url="https://partner.example:8443/v1", **given("USERNAME", "PASSWORD")) as client:
        with pytest.raises(APIException, match=r"USERNAME and PASSWORD sent to partner\.example:8443;"):
            CREATE(client.sessions)
    assert "APIKEY" not in str(fail("400", CREATE, fixtures.load("two_field_errors"), 400))  # another error

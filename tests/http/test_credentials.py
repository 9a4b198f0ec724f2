"""Credentials and a proxy's settings: how they are made, which a request carries, what is said when none fits."""

import copy
import pickle
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import jsonpickle
import pytest
from responses import RequestsMock

from payrix_sessions import APIException, Client, ConfigurationException, ProxySettings
from payrix_sessions.http.auth import kinds
from payrix_sessions.http.proxy_settings import check_proxy_url
from tests import fixtures
from tests.wire import CREATE, OPERATIONS, header, printed, reply, sent

SECRET = "fake-secret"
KINDS = {kind.header: (kind, option) for option, kind in kinds.KINDS.items()}


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
        *((names, set(), set()) for names in (("USERNAME",), ("PASSWORD",), ())),
    ]
    reply(api)
    for names, any_method, post in rows:
        with Client(max_retries=0, **given(*names)) as client:
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
                named = ", ".join(given(*names)) or "none"
                assert str(caught.value) == (
                    "this call needs credentials: api_key_credentials, or session_key_credentials, or "
                    f"txn_session_key_credentials{login}; the client was given {named}"
                )


# tests/http/test_what_is_told.py has the whole text of a 400 and a 401.
def test_credentials_that_are_rejected_are_told_with_where_they_were_sent(api: RequestsMock) -> None:
    rows: list[tuple[tuple[str, ...], int, Any, str]] = [
        (
            ("TXNSESSIONKEY",),
            200,
            fixtures.load("invalid_auth"),
            r"\(TXNSESSIONKEY sent to partner\.example:8443; keys",
        ),
        (("USERNAME", "PASSWORD"), 403, "<p>no</p>", r"\(USERNAME and PASSWORD sent to partner\.example:8443;"),
        (("APIKEY",), 400, fixtures.load("two_field_errors"), r"^((?!APIKEY).)*$"),  # another error
    ]
    for names, status, body, told in rows:
        api.reset()
        reply(api, body, status=status)
        with Client(base_url="https://partner.example:8443/v1", max_retries=0, **given(*names)) as client:
            with pytest.raises(APIException, match=told):
                CREATE(client.sessions).raise_for_errors()


# Proxies; tests/transport/test_routes.py has more of what a variable may hold


def test_the_url_of_a_proxy_is_put_together() -> None:
    rows: list[tuple[tuple[Any, ...], str]] = [
        (("proxy.example",), "http://proxy.example"),
        (("HTTPS://proxy.example/", 443), "https://proxy.example:443"),
        (("socks5h://127.0.0.1", 1080), "socks5h://127.0.0.1:1080"),
        (("http://proxy.example:3128",), "http://proxy.example:3128"),
        (("[::1]", 65535), "http://[::1]:65535"),
        (("proxy.example", 1, "a user", "p@ss/wörd"), "http://a%20user:p%40ss%2Fw%C3%B6rd@proxy.example:1"),
        (("proxy.example", None, "user"), "http://user:@proxy.example"),
    ]
    for arguments, url in rows:
        assert ProxySettings(*arguments)._to_proxies() == {"http": url, "https": url}
    for url in (" http://u:p%2Fw@proxy:3128/ ", "proxy", "socks5://[::1]:1080"):
        check_proxy_url("HTTPS_PROXY", url)


def test_no_frame_of_the_regular_expressions_sees_a_password_while_it_is_checked() -> None:
    seen: list[str] = []

    def look(frame: FrameType, *_: object) -> None:
        if frame.f_globals["__name__"] == "re":
            seen.append(repr(frame.f_locals))

    sys.setprofile(look)
    try:
        check_proxy_url("HTTPS_PROXY", "http://u:fake-pw@proxy:3128")
    finally:
        sys.setprofile(None)
    assert seen
    assert "fake-pw" not in str(seen)


def test_a_wrong_argument_or_variable_is_rejected_by_name_without_being_shown() -> None:
    rows: list[tuple[Callable[..., object], tuple[Any, ...], str]] = [
        *((ProxySettings, (one,), "address of") for one in ("", "p q", "user:fake-pw@proxy", "ftp://proxy", None, 5)),
        (ProxySettings, ("proxy:3128", 3128), "give the port once"),
        *((ProxySettings, ("proxy", port), "port of the proxy") for port in (0, 65_536, "3128", True)),
        (ProxySettings, ("proxy:65536",), "port of the proxy"),
        (ProxySettings, ("proxy", 1, 5), "username of the proxy"),
        (ProxySettings, ("proxy", 1, "u", b"fake-pw"), "password of the proxy"),
        (ProxySettings, ("proxy", 1, "ключ"), "username of the proxy must contain Latin-1"),
        (ProxySettings, ("proxy", 1, "u", "fake-pw€"), "password of the proxy must contain Latin-1"),
        (check_proxy_url, ("HTTPS_PROXY", "http://u:fake-pw@proxy:0"), "^HTTPS_PROXY names a port that is not"),
        (check_proxy_url, ("HTTPS_PROXY", "http://u:fake-pw%E2%82%AC@proxy"), "^HTTPS_PROXY contains a user"),
    ]
    for make, arguments, words in rows:
        with pytest.raises(ConfigurationException, match=words) as caught:
            make(*arguments)
        assert "fake-pw" not in str(caught.value)


def test_the_password_of_a_proxy_is_there_for_who_asks_and_never_shown_or_pickled() -> None:
    settings = ProxySettings("proxy.example", 3128, "user", "fake-pw")
    assert (settings.password, copy.copy(settings), copy.deepcopy(settings)) == ("fake-pw", settings, settings)
    assert ProxySettings("proxy.example").password is None
    shown = printed(settings, settings._to_proxies(), {"proxy": settings.password})
    assert "'user'" in shown
    assert "fake-pw" not in shown
    with pytest.raises(TypeError, match="password"):
        pickle.dumps(settings)

"""A proxy's settings are checked where they are made, and never show the password."""

import copy
import pickle
from typing import Any

import pytest

from payrix_sessions import ConfigurationException, ProxySettings
from payrix_sessions.http.proxy_settings import check_proxy_url
from tests.wire import printed


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


def test_a_wrong_argument_or_variable_is_rejected_by_name_without_being_shown() -> None:
    rows: list[tuple[tuple[Any, ...], str]] = [
        *(((one,), "address of the proxy") for one in ("", "p q", "user:fake-pw@proxy", "ftp://proxy", None, 5)),
        (("proxy:3128", 3128), "give the port once"),
        *((("proxy", port), "port of the proxy") for port in (0, 65_536, "3128", True)),
        (("proxy:65536",), "port of the proxy"),
        (("proxy", 1, 5), "username of the proxy"),
        (("proxy", 1, "u", b"fake-pw"), "password of the proxy"),
        (("proxy", 1, "ключ"), "username of the proxy must contain Latin-1"),
        (("proxy", 1, "u", "fake-pw€"), "password of the proxy must contain Latin-1"),
    ]
    for arguments, words in rows:
        with pytest.raises(ConfigurationException, match=words) as caught:
            ProxySettings(*arguments)
        assert "fake-pw" not in str(caught.value)
    # tests/transport/test_environment.py has more of them.
    for url in (" http://u:p%2Fw@proxy:3128/ ", "proxy", "socks5://[::1]:1080"):
        check_proxy_url("HTTPS_PROXY", url)
    wrong = [
        ("http://u:fake-pw@proxy:0", "names a port that is not"),
        ("http://u:fake-pw%E2%82%AC@proxy", "contains a user"),
    ]
    for url, words in wrong:
        with pytest.raises(ConfigurationException, match=rf"^HTTPS_PROXY {words}") as caught:
            check_proxy_url("HTTPS_PROXY", url)
        assert "fake-pw" not in str(caught.value)


def test_the_password_is_there_for_who_asks_and_never_shown_or_pickled() -> None:
    settings = ProxySettings("proxy.example", 3128, "user", "fake-pw")
    assert (settings.password, copy.copy(settings), copy.deepcopy(settings)) == ("fake-pw", settings, settings)
    assert ProxySettings("proxy.example").password is None
    shown = printed(settings, settings._to_proxies(), {"proxy": settings.password})
    assert "'user'" in shown
    assert "fake-pw" not in shown
    with pytest.raises(TypeError, match="password"):
        pickle.dumps(settings)

"""A proxy's settings are checked where they are made, and never show the password."""

from typing import Any

import pytest

from payrix_sessions import ConfigurationException, ProxySettings


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (ProxySettings("proxy.example"), "http://proxy.example"),
        (ProxySettings("proxy.example", 3128), "http://proxy.example:3128"),
        (ProxySettings("https://proxy.example/", 443), "https://proxy.example:443"),
        (ProxySettings("socks5h://127.0.0.1", 1080), "socks5h://127.0.0.1:1080"),
        (ProxySettings("http://proxy.example:3128"), "http://proxy.example:3128"),
        (ProxySettings("[::1]", 3128), "http://[::1]:3128"),
        (ProxySettings("proxy.example", 1, "a user", "p@ss/word"), "http://a%20user:p%40ss%2Fword@proxy.example:1"),
        (ProxySettings("proxy.example", username="user"), "http://user:@proxy.example"),
    ],
    ids=lambda value: "" if isinstance(value, str) else repr(value),
)
def test_the_url_of_a_proxy_is_put_together(settings: ProxySettings, url: str) -> None:
    assert settings.to_proxies() == {"http": url, "https": url}


@pytest.mark.parametrize("address", ["", " ", "p q", "user:fake-password@proxy", "ftp://proxy", "proxy:port", None, 5])
def test_an_address_that_is_none_is_refused_without_being_shown(address: Any) -> None:
    with pytest.raises(ConfigurationException, match="address of the proxy") as caught:
        ProxySettings(address)
    assert "fake-password" not in str(caught.value)


def test_a_port_that_is_given_twice_is_refused() -> None:
    with pytest.raises(ConfigurationException, match="given once"):
        ProxySettings("proxy.example:3128", 3128)


@pytest.mark.parametrize("port", [0, -1, 65_536, "3128", True, 1.5])
def test_a_port_that_is_none_is_refused(port: Any) -> None:
    with pytest.raises(ConfigurationException, match="port of the proxy"):
        ProxySettings("proxy.example", port)


@pytest.mark.parametrize("name", ["username", "password"])
def test_a_user_or_password_that_is_no_text_is_refused(name: str) -> None:
    wrong: Any = {name: 5}
    with pytest.raises(ConfigurationException, match=f"{name} of the proxy"):
        ProxySettings("proxy.example", **wrong)

"""What the environment says about proxies and trusted authorities: looked up once a client, and checked.

requests would look it up in each call, and would let it win over what a session's owner has set.
"""

import os
import ssl
from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import requests
from requests.utils import get_environ_proxies, select_proxy

from payrix_sessions._exceptions import ConfigurationException
from payrix_sessions._redaction import Secret
from payrix_sessions._transport.adapter import authorities
from payrix_sessions.configuration import is_loopback
from payrix_sessions.http.proxy_settings import ProxySettings, check_proxy_url


class Route(NamedTuple):
    """How to reach the host: what `requests.Session.send` is told beside the request.

    Attributes:
        proxies: Proxy URLs by scheme.
        verify: Whether to verify certificates, or the file or directory of trusted authorities.
        cert: The client's own certificate.
    """

    proxies: dict[str, str]
    verify: bool | str
    cert: Any = None


def find_route(url: str, settings: ProxySettings | None, session: requests.Session | None) -> Route:
    """Return the route to the host of a URL, as the environment and the proxy settings of the client say.

    Args:
        url: The URL.
        settings: The proxy to use instead of the environment's.
        session: A session of the user's; what it replaces or does not trust is not checked.

    Raises:
        ConfigurationException: A variable of the environment cannot be right; the message names it.
    """
    trusts = session is None or session.trust_env
    if settings is not None:
        proxies = settings._to_proxies()
    else:
        proxies = _environment_proxies(url, check=trusts and not (session and _names_proxy(url, session.proxies)))
    authorities_check = trusts and (session is None or session.verify is True)
    return Route(_allowed(url, proxies), _environment_authorities(url, check=authorities_check))


def session_route(url: str, session: requests.Session, environment: Route, settings: ProxySettings | None) -> Route:
    """Return the route of a session: what its owner has set wins over the environment.

    Raises:
        ConfigurationException: A setting of the session cannot be right; the message names it.
    """
    proxies = environment.proxies if session.trust_env else {}
    if settings is not None:
        proxies = settings._to_proxies()
    elif _names_proxy(url, session.proxies):
        proxies = _secret(session.proxies)
        proxy = select_proxy(url, proxies)
        if proxy:
            check_proxy_url("proxies of http_client_instance", proxy)
    return Route(_allowed(url, proxies), _session_verify(url, session, environment), _session_cert(session))


def proxy_secrets(url: str, route: Route) -> list[str]:
    """List what the proxy for a URL can echo of its credentials: the password, and both as they go out."""
    proxy = select_proxy(url, route.proxies) or ""
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    name, password = unquote(parts.username or ""), unquote(parts.password or "")
    return [password, b64encode(f"{name}:{password}".encode("latin-1", "replace")).decode()] if password else []


def _session_cert(session: requests.Session) -> Any:
    certificate: Any = session.cert
    paths: list[Any] = list(certificate) if _is_pair(certificate) else [certificate]
    for path in paths:
        if path is not None and not os.path.exists(path):  # noqa: PTH110  (pathlib is slow to import)
            raise ConfigurationException(f"cert of http_client_instance names {path}, which does not exist")
    return certificate


def _is_pair(certificate: object) -> bool:
    return isinstance(certificate, (tuple, list))


def _session_verify(url: str, session: requests.Session, environment: Route) -> bool | str:
    verify: Any = session.verify
    if verify is True or verify is None:
        return environment.verify if session.trust_env else True
    if verify is False or not url.startswith("https"):
        return False
    path: str | os.PathLike[str] = verify
    return check_authorities("verify of http_client_instance", os.fspath(path))


def _environment_proxies(url: str, *, check: bool) -> dict[str, str]:
    proxies = _secret(get_environ_proxies(url))
    proxy = select_proxy(url, proxies)
    if proxy and check:
        check_proxy_url(_source_of(proxy, urlsplit(url).scheme), proxy)
    return {scheme: _with_password(to) for scheme, to in proxies.items()}


def _with_password(proxy: str) -> Secret:
    """Return the URL of a proxy so that requests also sends a user without a password."""
    scheme, separator, rest = proxy.rpartition("://")
    user, at, host = rest.rpartition("@")
    return Secret(f"{scheme}{separator}{user}:@{host}" if at and user and ":" not in user else proxy)


def _secret(proxies: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies that are set, their URLs redacted in tracebacks."""
    return {scheme: Secret(to) for scheme, to in proxies.items() if to}


def _source_of(proxy: str, scheme: str) -> str:
    for variable in (f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"):
        if os.environ.get(variable) == proxy:
            return variable
    return "the system's proxy settings"


def _names_proxy(url: str, proxies: Mapping[str, str]) -> bool:
    parts = urlsplit(url)
    keys = (f"{parts.scheme}://{parts.hostname}", parts.scheme, f"all://{parts.hostname}", "all")
    return any(key in proxies for key in keys)


def _allowed(url: str, proxies: dict[str, str]) -> dict[str, str]:
    if not url.startswith("http://"):
        return proxies
    # Such a URL is of this machine; a proxy elsewhere would get the credentials in clear.
    return {scheme: to for scheme, to in proxies.items() if is_loopback(_host_of(to))}


def _host_of(proxy: str) -> str:
    return urlsplit(proxy if "://" in proxy else f"//{proxy}").hostname or ""


def _environment_authorities(url: str, *, check: bool) -> bool | str:
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        path = os.environ.get(variable)
        if path:
            return check_authorities(variable, path) if check and url.startswith("https") else path
    return True


@lru_cache(maxsize=8)  # a session of the user's is looked at in each call, and a bundle takes 20 ms to read
def check_authorities(source: str, path: str) -> str:
    """Return the path of the trusted authorities, checked.

    Args:
        source: Where it comes from, such as REQUESTS_CA_BUNDLE.
        path: A PEM file, or a directory of them as OpenSSL wants it.

    Raises:
        ConfigurationException: There is no certificate there; the message names the source and the path.
    """
    if os.path.isdir(path):  # noqa: PTH112  (pathlib is slow to import)
        if not any(name.rpartition(".")[2].isdigit() for name in os.listdir(path)):  # noqa: PTH208
            raise ConfigurationException(
                f"{source} names the directory {path}, which holds no certificates that OpenSSL finds (see c_rehash)"
            )
        return path
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(**authorities(path))
    except FileNotFoundError:
        raise ConfigurationException(f"{source} names {path}, which does not exist") from None
    except (OSError, ValueError) as error:
        reason = error.strerror or getattr(error, "reason", None) if isinstance(error, OSError) else None
        raise ConfigurationException(
            f"{source} names {path}, which is not a PEM file of certificates ({reason or error})"
        ) from None
    return path

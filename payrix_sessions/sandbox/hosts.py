"""Names and addresses of this machine, and who can reach them."""

import ipaddress
import re
import socket
from contextlib import suppress


def is_reachable_from_outside(host: str) -> bool:
    """Tell whether other machines can reach a host, by every address that it has.

    Raises:
        ValueError: If there is no such host.
    """
    try:
        found = socket.getaddrinfo(host, None)
    except (OSError, ValueError) as error:
        raise ValueError(f"host {host!r} is not known") from error
    return not all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found)


def own_names() -> set[str]:
    """Return the name of this machine and the addresses that it stands for."""
    name = socket.gethostname()
    names = {name}
    with suppress(OSError, UnicodeError):  # a name that nobody resolves
        names.update(str(address[0]).partition("%")[0] for *_, address in socket.getaddrinfo(name, None))
    return names


def is_host(name: object) -> bool:
    """Tell whether this can be a host name in ASCII, or an IP address."""
    if not isinstance(name, str):
        return False
    try:
        return bool(re.fullmatch(r"[0-9A-Za-z._-]+", name) or ipaddress.ip_address(name))
    except ValueError:
        return False

"""Redaction of credentials, tokens and session keys: wherever they could be shown, ``***`` stands instead.

A `Secret` shows itself redacted; a `Redactor` knows the secrets of one call and takes them out of headers, JSON,
strings and foreign exceptions. All of it takes time linear in the size of its input, since servers choose the input.
Nothing here knows of requests, responses or models.
"""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from payrix_sessions._json_types import is_list, is_object

MASK = "***"

P = ParamSpec("P")
V = TypeVar("V")

SECRET_HEADERS = frozenset(
    {
        "apikey",
        "sessionkey",
        "txnsessionkey",
        "username",
        "password",
        "token",
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
    }
)
SECRET_MEMBERS = frozenset({"key", "password", "mfasecret", "mfasmswindow"})  # the last is the code of an SMS

_LONGEST_KEY = 64  # characters; a session's key has 32
_LONGEST_ESCAPE = 9  # characters for one of a secret
_SHORTEST_SECRET = 4  # a shorter one is no secret, and would be found within words
LONGEST_UNPARSED = 16_384  # characters of a body that is not JSON, or is longer than the next, which exceptions keep
LONGEST_PARSED = 1024 * 1024  # characters of JSON; a page of the API has a tenth of it

# For strings that are not JSON: truncated JSON, XML, dumps of PHP or Python. Each part is bounded or begins at a name,
# so that no input makes them quadratic. The closing quote is optional: the string may end within the secret.
# `re` compiles them on first use: many programs never come to it, and an import would take a tenth longer.
_NAMED = r"""(?:key|password|mfasecret|mfasmswindow)(?:["'\]\\\s]|&quot;|&\#\d{1,4};){0,9}(?:=>|[:=>])\s{0,9}"""
_TYPED = r"(?:\w{1,12}\(\d{1,9}\)\s{0,9}|[bur]{1,2})?"  # PHP's string(32), Python's b
_QUOTED_MEMBER = rf"""(?is)({_NAMED}{_TYPED}\\{{0,9}}(["']))(?:(?!\2)[^\\]|\\.)*\\?"""
_ENTITY_MEMBER = rf"(?i)({_NAMED}&(?:quot|\#\d{{1,4}});)[^&<]*"
_BARE_MEMBER = rf"""(?i)({_NAMED})[^\s"'<>&;,\\\]}})]+"""
# Session keys are 32 hexadecimal digits; in half a JSON string an escape may stand before them.
_KEY_LIKE = (
    r"(?i)(?:(?<![0-9a-z])|(?<=\\[nrtbf])|(?<=\\u[0-9a-f]{4})|(?<=\\x[0-9a-f]{2})|(?<=0x))[0-9a-f]{32,}(?![0-9a-z])"
)
_SEARCHED_KEY = r"(?i)(\bkey(?:\]|%5D)?(?:\[|%5B)[^=&]{0,99}=)([^&]*)"
_USER_OF_URL = r"(?<=://)[^\s/@]*@"
_IN_STRINGS = (
    (_QUOTED_MEMBER, rf"\1{MASK}"),
    (_ENTITY_MEMBER, rf"\1{MASK}"),
    (_BARE_MEMBER, rf"\1{MASK}"),
    (_USER_OF_URL, f"{MASK}@"),
    (_KEY_LIKE, MASK),
)
_MAYBE_SECRET = re.compile(r"key|password|mfas|\\u", re.IGNORECASE)


# Returns the characters of a string: the `str` of a subclass, such as an enum member, may differ from them.
plain_str = str.__str__


class Secret(str):
    """A string that shows itself as ``***`` in reprs, so also in tracebacks; parts of it are secrets too."""

    __slots__ = ()

    @classmethod
    def of(cls, value: V) -> V:
        """Wrap a string; anything else is returned unchanged."""
        if isinstance(cast("object", value), cls) or not isinstance(value, str):
            return value
        return cast("V", cls(plain_str(value)))

    def __getitem__(self, index: Any) -> Secret:
        return Secret(plain_str(self)[index])

    def __repr__(self) -> str:
        return repr(MASK)


class Hidden:
    """A value of any type that tracebacks show as ``***``."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    @classmethod
    def of(cls, value: Any) -> Any:
        """Wrap a value, once. Any, so that an argument can be replaced by it."""
        return value if isinstance(value, Hidden) else cls(value)

    def __repr__(self) -> str:
        return MASK

    def __reduce__(self) -> tuple[Any, ...]:
        return Hidden, (None,)


def printable(text: str, longest: int = 200) -> str:
    """Return a string of a server's so that it fits on a log line: control characters escaped, long ones cut."""
    if len(text) > longest:
        text = text[:longest] + "..."
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def is_secret_header(name: str) -> bool:
    """Return whether the values of a header are secrets."""
    return name.lower() in SECRET_HEADERS


def is_secret_member(name: str) -> bool:
    """Return whether the member of a JSON object with this name is a secret."""
    return name.lower() in SECRET_MEMBERS


def redact_search(search: str) -> str:
    """Return a search without the session keys that it searches for."""
    return re.compile(_SEARCHED_KEY).sub(rf"\1{MASK}", search)


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return a copy of request headers without credentials and tokens."""
    return {
        name: MASK if is_secret_header(name) else redact_search(value) if name.lower() == "search" else plain_str(value)
        for name, value in headers.items()
    }


def redact_members(value: Any) -> Any:
    """Return a copy of plain JSON data without the values of secret members."""
    return _NO_SECRETS.members(value)


class Redactor:
    """The secrets of one call, and how they are taken out of what may be shown.

    Args:
        secrets: The values, in plain text.
    """

    __slots__ = ("_secrets",)

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # The longest first: another may be its beginning.
        known = sorted((plain_str(secret) for secret in secrets), key=len, reverse=True)
        self._secrets = Hidden([secret for secret in known if len(secret) >= _SHORTEST_SECRET])

    @classmethod
    def of_headers(cls, headers: Mapping[str, str | None], known: Iterable[str] = ()) -> Redactor:
        """Return the redactor for a request with these headers, which also knows the secrets in `known`."""
        secrets = [*known]
        for name, value in headers.items():
            if value and is_secret_header(name):
                secrets.append(value)
            elif value and name.lower() == "search":
                searched = [found[2] for found in re.compile(_SEARCHED_KEY).finditer(value)]
                secrets += [part.strip("% ") for keys in searched for part in [keys, *keys.split(",")]]
        return cls(secrets)

    def string(self, text: str) -> str:
        """Return a string without secrets, whatever it holds: a phrase, a header, half a body."""
        text = self.known(text.replace("\x00", "") if "\x00" in text else text)  # UTF-16 read as UTF-8
        for pattern, shown in _IN_STRINGS:
            text = re.sub(pattern, shown, text)
        return text

    def line(self, text: str, longest: int = 200) -> str:
        """Return a string of a server's so that it fits on a log line, without secrets, not even the part of one."""
        return printable(self.string(text), longest)

    def beginning(self, text: str, longest: int) -> str:
        """Return the first characters of a string, without secrets, and without the part of one at the cut."""
        margin = _LONGEST_KEY + _LONGEST_ESCAPE * max(map(len, self._secrets.value), default=0)
        shown = self.string(text[: longest + margin])
        return shown[:longest] if len(text) <= longest + margin else shown[:-margin][:longest]

    def known(self, text: str) -> str:
        """Return a string without the secrets that are known, however they are spelt."""
        for secret in self._secrets.value:
            text = text.replace(secret, MASK)
            if not (secret.isalnum() and secret.isascii()):
                text = re.sub(_spellings(secret), MASK, text)
        return text

    def members(self, value: Any) -> Any:
        """Return a copy of plain JSON data without the values of secret members and without the known secrets."""
        try:
            return self._members(value)
        except RecursionError:
            return MASK

    def _members(self, value: Any) -> Any:
        if is_object(value):
            return {
                self._members(name): MASK if is_secret_member(str(name)) and item is not None else self._members(item)
                for name, item in value.items()
            }
        if is_list(value):
            return [self._members(item) for item in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        # JSON within a string.
        return re.sub(_KEY_LIKE, MASK, re.sub(_QUOTED_MEMBER, rf"\1{MASK}", self.known(text)))

    def body(self, text: str, value: Any) -> tuple[str, Any]:
        """Return the body of a response and what it decodes to, without secrets.

        Args:
            text: The body.
            value: What it decodes to; None when it is not JSON. Then, or when it is longer than a MiB, it is cut to
                its first 16,384 characters.
        """
        if value is None or len(text) > LONGEST_PARSED:
            cut = self.beginning(text, LONGEST_UNPARSED)
            return (cut if len(text) <= LONGEST_UNPARSED else f"{cut}... ({len(text)} characters in all)"), None
        redacted = self.members(value)
        # What needs no redaction stays as it came, to the letter. Of two members of one name, json keeps the last:
        # the first may hold a key, so where there could be one the JSON is written anew.
        is_harmless = redacted == value and not _MAYBE_SECRET.search(text)
        return (text if is_harmless else json.dumps(redacted)), redacted

    def response_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return a copy of response headers without secrets."""
        return {
            self.string(name): MASK if is_secret_header(name) else self.string(value) for name, value in headers.items()
        }

    def exception(self, exception: BaseException, *, handled: BaseException | None = None) -> None:
        """Take the secrets out of what lies below an exception: its causes keep their types and their messages.

        Args:
            exception: Where to begin; it is left alone itself.
            handled: An exception that the caller was already handling; it is left alone too.
        """
        for cause in causes(exception, contexts=True, handled=handled)[1:]:
            cause.__traceback__ = None
            cause.args = tuple(self._harmless(value) for value in cause.args)
            # The whole text that could not be coded, which is in no dictionary of attributes.
            if isinstance(cause, UnicodeDecodeError):
                cause.object = b""
            elif isinstance(cause, (UnicodeEncodeError, UnicodeTranslateError)):
                cause.object = ""
            for name, value in vars(cause).items():
                setattr(cause, name, self._harmless(value))

    def _harmless(self, value: Any) -> Any:
        if isinstance(value, str):
            return printable(self.beginning(value, LONGEST_UNPARSED), LONGEST_UNPARSED)
        if isinstance(value, bytes):
            return b""  # the part of a body that was read last, which may begin within a secret
        # Pools, requests and responses hold headers, bodies and the passwords of proxies.
        return value if isinstance(value, (int, float, BaseException)) else None

    def __repr__(self) -> str:
        return f"Redactor({MASK})"

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy or a pickle knows no secrets.
        return Redactor, ()


_NO_SECRETS = Redactor()


def _spellings(secret: str) -> str:
    """Return a pattern for what servers echo a secret as: escaped in JSON, PHP, URLs or HTML, once or twice."""
    # Imported here because keys are nearly always letters and digits.
    from html.entities import codepoint2name  # noqa: PLC0415

    parts: list[str] = []
    for character in secret:
        if character.isascii() and character.isalnum():
            parts.append(character)
            continue
        # A proxy's password comes from the environment, where bytes that are no text are surrogates.
        number, utf_8 = ord(character), character.encode(errors="surrogatepass")
        name = codepoint2name.get(number, "apos")
        spelt = [
            re.escape(character),
            re.escape(utf_8.decode("latin-1")),
            rf"&(?:amp;)?(?:#0{{0,4}}{number}|#x0{{0,4}}{number:x}|{name});",
            "".join(f"%(?:25)?{byte:02x}" for byte in utf_8),
            f"%(?:25)?{number:02x}",
        ]
        plus = r"|\+" if character == " " else ""
        parts.append(rf"(?i:\\{{0,3}}(?:{'|'.join(spelt)}{plus})|\\{{1,3}}(?:u{number:04x}|x{number:02x}))")
    return "".join(parts)


def causes(
    exception: BaseException, *, contexts: bool = False, handled: BaseException | None = None
) -> list[BaseException]:
    """List an exception and what lies below it: requests and urllib3 keep it in `reason` and `args` as well.

    Args:
        exception: Where to begin.
        contexts: Follow also what was being handled when one was raised.
        handled: Where that ends, because the caller was already handling it.
    """
    found: list[BaseException] = []
    waiting: list[object] = [exception]
    while waiting:
        link = waiting.pop(0)
        if isinstance(link, BaseException) and link is not handled and not any(link is known for known in found):
            found.append(link)
            waiting += [link.__cause__, getattr(link, "reason", None), *link.args]
            if contexts:
                waiting.append(link.__context__)
    return found


_LIBRARIES = frozenset(
    {"payrix_sessions", "apimatic_core", "jsonpickle", "requests", "urllib3", "idna", "socks"} | sys.stdlib_module_names
)


def clear_library_frames(exception: BaseException, *, handled: BaseException | None = None) -> None:
    """Clear the local variables of the frames that this package and the libraries below it left on tracebacks.

    They hold headers and bodies in plain text, and crash reporters print them. The frames of an application's own code
    (hooks, adapters, signal handlers) keep theirs.

    Args:
        exception: The exception; what lies below it is looked at too.
        handled: An exception that the caller was already handling; it is left alone.
    """
    for link in causes(exception, contexts=True, handled=handled):
        for frame, _ in traceback.walk_tb(link.__traceback__):
            if frame.f_globals.get("__name__", "").partition(".")[0] in _LIBRARIES:
                try:
                    frame.clear()
                except RuntimeError:
                    continue  # it is still executing: the caller's own frame


def hides_arguments(function: Callable[P, V]) -> Callable[P, V]:
    """Let no traceback show what a function was given: a rejected argument may be a secret in the wrong place.

    Nor does one show an object that was not made to the end, whose `repr` would fail.
    """

    @wraps(function)
    def hiding(*args: P.args, **kwargs: P.kwargs) -> V:
        handled = Hidden(sys.exc_info()[1])  # what the caller is already handling is left alone
        try:
            return function(*args, **kwargs)
        except BaseException as exception:
            del args, kwargs
            clear_library_frames(exception, handled=handled.value)
            raise

    return hiding

"""What is never shown: in headers, strings, JSON, and in exceptions of others."""

import json
import pickle
import time
from typing import Any
from urllib.parse import quote

from payrix_sessions._redaction import (
    Hidden,
    Redactor,
    Secret,
    causes,
    printable,
    redact_headers,
    redact_members,
    redact_search,
)

SECRET = "fake-secret"
KEY = "0123456789abcdef0123456789abcdef"
redactor = Redactor([SECRET])


def test_secrets_of_headers_are_redacted_in_any_case_and_looked_for_elsewhere() -> None:
    names = ("APIKEY", "SessionKey", "TXNSESSIONKEY", "USERNAME", "password", "Token", "Authorization", "Cookie")
    for name in (*names, "Proxy-Authorization", "set-cookie"):
        assert redact_headers({name: SECRET, "accept": "x"}) == {name: "***", "accept": "x"}
        assert Redactor.of_headers({name: SECRET, "accept": "a word"}).string(f"a word {SECRET}") == "a word ***"
    assert Redactor.of_headers({"token": None, "request-token": SECRET}).string(SECRET) == SECRET
    searches = ("key[equals]={}&a[less]=1", "KEY[in]={}", "or[0][key][equals]={}", "login[key][like]={}")
    for search in (*searches, "key%5Bequals%5D={}", "key[equals][]={}"):
        headers = {"Search": search.format(SECRET)}
        assert redact_headers(headers) == {"Search": search.format("***")}
        assert Redactor.of_headers(headers).string(f"no {SECRET}") == "no ***"
    listed = Redactor.of_headers({"search": f"key[in]=abcde,{SECRET}%"})
    assert listed.string(f"no {SECRET}, no abcde") == "no ***, no ***"
    assert redact_search("monkey[equals]=x&created[less]=key") == "monkey[equals]=x&created[less]=key"
    # Those of a response lose secrets wherever they stand.
    headers = {"Set-Cookie": "a=b", "X-Echo": f"got {SECRET}", f"X-{SECRET}": "y", "X-Key": KEY, "Date": "today"}
    expected = {"Set-Cookie": "***", "X-Echo": "got ***", "X-***": "y", "X-Key": "***", "Date": "today"}
    assert redactor.response_headers(headers) == expected


def test_a_string_is_redacted_where_it_holds_a_secret() -> None:
    rows: list[tuple[str, str]] = [
        ("<p>fake-secret</p>", "<p>***</p>"),
        ('{"response":{"data":[{"KEY":"fake-sec', '{"response":{"data":[{"KEY":"***'),
        ('{\\"key\\": \\"abc\\"', '{\\"key\\": \\"***'),
        ('"key": "a\\"b"', '"key": "***"'),
        ("'password' => 'abc',", "'password' => '***',"),
        ("[mfaSecret] => abc def", "[mfaSecret] => *** def"),
        ("<key>abc</key>", "<key>***</key>"),
        ("key=abc&public=1", "key=***&public=1"),
        (f"at {KEY.upper()}!", "at ***!"),
        ('"\x00k\x00e\x00y\x00"\x00:\x00"\x00a\x00b\x00"', '"key":"***"'),
        *((f"{word}{KEY}", f"{word}{KEY}") for word in ("x", "order")),  # a longer word
        ("<p>the keys are three</p>", "<p>the keys are three</p>"),
    ]
    for text, redacted in rows:
        assert redactor.string(text) == redacted
    for escape in ("\\n", "\\r\\n", "\\u0022", "\\u003d", "\\x22", "0x", "%22"):
        assert KEY not in redactor.string(f"a session{escape}{KEY}\\n")
        assert KEY not in redactor.members(f"{escape}{KEY}")


def test_a_secret_is_found_in_other_spellings_and_whole_and_not_in_words_if_it_has_three_letters() -> None:
    odd = "a/b+c é<&\"'"
    spellings = [
        *("a\\/b+c \\u00e9<&\\\"'", "a/b%2Bc%20%C3%A9%3C%26%22%27", "a%2Fb%2Bc+%C3%A9%3C%26%22%27"),
        *("a/b+c é&lt;&amp;&quot;&#x27;", "a%2fb%2bc%20%c3%a9%3c%26%22%27", "a/b+c Ã©<&\\\\\\\"\\'"),
        *("a\\u002Fb\\u002bc\\u0020\\u00e9\\u003C\\u0026\\u0022\\u0027", "a%252Fb+c %E9<&\"'", "a\\x2fb+c \\xe9<&\"'"),
        *("a&#47;b+c&#32;&eacute;&lt;&amp;&#34;&#039;", "a/b+c &amp;#233;&LT;&amp;&quot;&apos;"),
    ]
    rows: list[tuple[list[str], str, str]] = [
        *(([odd], f"no {echo}!", "no ***!") for echo in spellings),
        (["pass\udcffword"], "no pass\udcffword", "no ***"),
        (["merchant", "merchant-2024!"], "merchant or merchant-2024!", "*** or ***"),
        (["abc"], "an abcd", "an abcd"),
        (["abcd"], "an abcd", "an ***"),
    ]
    for secrets, text, redacted in rows:
        assert Redactor(secrets).string(text) == Redactor(secrets).members(text) == redacted


def test_control_characters_are_escaped_and_long_strings_cut() -> None:
    assert printable("a\nb\x1b[31m\x85\u2028é") == "a\\nb\\x1b[31m\\x85\\u2028é"
    assert [printable("x" * 201), printable("x" * 200)] == ["x" * 200 + "...", "x" * 200]


def test_json_is_copied_without_the_values_of_secret_members_and_known_secrets() -> None:
    data: dict[Any, Any] = {"Key": SECRET, "mfaSecret": None, 1: SECRET}
    data[SECRET] = [{"password": 5}, 1, None, True, f"is {SECRET}"]
    redacted = {"Key": "***", "mfaSecret": None, 1: "***", "***": [{"password": "***"}, 1, None, True, "is ***"]}
    assert redactor.members(data) == redacted
    assert data["Key"] == SECRET
    echoing = {"mfaSECRET": "x", "msg": '{"key": "abc"}', "publicKey": 1}
    assert redact_members(echoing) == {"mfaSECRET": "***", "msg": '{"key": "***"}', "publicKey": 1}
    deep: Any = SECRET
    for _ in range(100_000):
        deep = [deep]
    assert redactor.members(deep) == "***"


def test_a_body_is_written_anew_where_it_may_hold_a_secret_and_else_stays_as_it_came_to_the_letter() -> None:
    rows: list[tuple[str, str]] = [
        *((text, text) for text in ('{"a":  1}', '{"id":"x"}', "null", "[]")),
        ('{"key":"abc"}', '{"key": "***"}'),
        ('{"key": "first", "key": null}', '{"key": null}'),  # of two members json keeps the last
        ('{"\\u006bey": "abc"}', '{"key": "***"}'),
        ('{"a": "is fake-secret wrong?"}', '{"a": "is *** wrong?"}'),
    ]
    for text, redacted in rows:
        assert redactor.body(text, json.loads(text)) == (redacted, json.loads(redacted))
    # One that is no JSON is cut.
    text = f"<p>{SECRET}" + "x" * 20_000
    cut = "<p>***" + "x" * (16_384 - len(f"<p>{SECRET}")) + "... (20014 characters in all)"
    assert redactor.body(text, None) == (cut, None)


def test_a_cut_leaves_no_part_of_a_secret() -> None:
    known, key = "fake/secret-äöü", "0123456789abcdef" * 2
    redactor = Redactor([known])
    for secret in (known, quote(known), json.dumps(known), key):
        for text in [*("." * before + f" {secret} " + "." * 400 for before in range(60, 105)), f"{secret} " * 40]:
            shown = redactor.beginning(text, 100)
            assert len(shown) <= 100
            assert secret.strip('"')[:2] not in shown
    assert redactor.beginning("." * 101, 100) == "." * 100


def test_the_worst_strings_take_time_linear_in_their_size() -> None:
    wary = Redactor([SECRET, "a/b+c d", "//&&  "])
    units = ("'\\", '"key":"', "key", "key: ", "key[", '"key"=>', 'key\\\\"', "a", "fake-secre", "key&quot;", "\x00")

    def seconds(text: str) -> float:
        started = time.process_time()
        for redact in (wary.string, wary.members, redact_search):
            redact(text)
        return time.process_time() - started

    for prefix, unit in (*(("", unit) for unit in units), ('"key":"', "\\"), ("key", " ")):
        texts = [prefix + unit * (size // len(unit)) for size in (8_000, 32_000)]
        took = [min(seconds(text) for _ in range(3)) for text in texts]
        # Four times as long may take eight times as long; quadratic time would be sixteen times, and seconds.
        assert took[1] <= 8 * took[0] + 0.05


def test_what_hides_something_shows_nothing_and_keeps_nothing_in_a_pickle() -> None:
    secret = Secret.of(SECRET)
    assert secret == SECRET
    assert repr({"APIKEY": secret, "parts": [secret[:4], secret[0]]}) == "{'APIKEY': '***', 'parts': ['***', '***']}"
    assert (Secret.of(5), Secret.of(secret)) == (5, secret)
    hidden = Hidden.of({"key": SECRET})
    assert (repr(hidden), Hidden.of(hidden), repr(redactor)) == ("***", hidden, "Redactor(***)")
    pickled = pickle.dumps([hidden, redactor])
    assert SECRET.encode() not in pickled
    assert (pickle.loads(pickled)[0].value, pickle.loads(pickled)[1].string(SECRET)) == (None, SECRET)


class Failure(Exception):
    """An exception of somebody else's, with all that such ones keep."""

    def __init__(self, *args: object, **kept: object) -> None:
        super().__init__(*args)
        vars(self).update(kept)


def test_the_causes_of_an_exception_keep_their_words_and_lose_what_they_hold() -> None:
    pool = {"APIKEY": SECRET}
    words = (f"at {SECRET}\n", b'{"key": "x"} ' + SECRET.encode(), 5, pool, "x" * 20_000, b"x" * 20_000)
    below = Failure(*words, pool=pool, words=f"of {SECRET}", size=1.5)
    try:
        try:
            raise below
        except Failure as failure:
            raise LookupError(SECRET) from failure
    except LookupError as caught:
        top = caught
    redactor.exception(top)
    assert (top.args, top.__traceback__ is None) == ((SECRET,), False)  # the exception itself is its maker's
    assert below.args == ("at ***\\n", b"", 5, None, "x" * 16_384, b"")
    assert vars(below) == {"pool": None, "words": "of ***", "size": 1.5}
    assert below.__traceback__ is None
    # What could not be coded is not kept.
    coding: list[Any] = [
        UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, "no"),
        UnicodeEncodeError("ascii", SECRET, 0, 1, "no"),
        UnicodeTranslateError(SECRET, 0, 1, "no"),
    ]
    redactor.exception(Failure(*coding))
    assert [cause.object for cause in coding] == [b"", "", ""]


def test_causes_are_found_in_all_the_places_where_they_are_kept_and_followed_up_to_where_the_caller_was() -> None:
    below, reason, argument, handling, theirs = (Failure(name) for name in ("below", "reason", "argument", "h", "t"))
    top = Failure("top", argument, reason=reason)
    top.__cause__ = below
    below.__cause__ = top  # a circle ends
    top.__context__ = handling
    handling.__context__ = theirs
    assert causes(top) == [top, below, reason, argument]
    assert causes(top, contexts=True) == [top, below, reason, argument, handling, theirs]
    assert causes(top, contexts=True, handled=theirs) == [top, below, reason, argument, handling]

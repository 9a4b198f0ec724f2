"""What is never shown: in headers, strings, JSON, and in exceptions of others."""

import json
import pickle
import subprocess
import sys
from typing import Any

import pytest

from payrix_sessions._redaction import (
    Hidden,
    Redactor,
    Secret,
    causes,
    clear_library_frames,
    is_secret_header,
    is_secret_member,
    printable,
    redact_headers,
    redact_members,
    redact_search,
)

SECRET = "fake-secret"
KEY = "0123456789abcdef0123456789abcdef"
redactor = Redactor([SECRET])


# --- headers ---


def test_secret_headers_are_redacted_in_any_case_and_their_values_looked_for_elsewhere() -> None:
    names = ("APIKEY", "SessionKey", "TXNSESSIONKEY", "USERNAME", "password", "Token", "Authorization", "Cookie")
    for name in (*names, "Proxy-Authorization", "set-cookie"):
        assert is_secret_header(name)
        assert redact_headers({name: SECRET, "accept": "x"}) == {name: "***", "accept": "x"}
        assert Redactor.of_headers({name: SECRET, "accept": "a word"}).string(f"a word {SECRET}") == "a word ***"
    assert Redactor.of_headers({"token": None, "request-token": SECRET}).string(SECRET) == SECRET


def test_a_searched_key_is_redacted_and_looked_for_elsewhere() -> None:
    rows: list[str] = ["key[equals]={}&a[less]=1", "KEY[in]={}", "or[0][key][equals]={}", "login[key][like]={}"]
    for search in rows:
        headers = {"Search": search.format(SECRET)}
        assert redact_headers(headers) == {"Search": search.format("***")}
        assert Redactor.of_headers(headers).string(f"no {SECRET}") == "no ***"
        assert redact_search("monkey[equals]=x&created[less]=key") == "monkey[equals]=x&created[less]=key"


def test_response_headers_lose_secrets_wherever_they_stand() -> None:
    headers = {"Set-Cookie": "a=b", "X-Echo": f"got {SECRET}", f"X-{SECRET}": "y", "X-Key": KEY, "Date": "today"}
    expected = {"Set-Cookie": "***", "X-Echo": "got ***", "X-***": "y", "X-Key": "***", "Date": "today"}
    assert redactor.response_headers(headers) == expected


# --- strings ---


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
        ("x" + KEY, "x" + KEY),
        ("<p>the keys are three</p>", "<p>the keys are three</p>"),
    ]
    for text, redacted in rows:
        assert redactor.string(text) == redacted


def test_other_spellings_of_a_secret_are_found() -> None:
    rows: list[str] = [
        "a/b+c é<&\"'",
        "a\\/b+c \\u00e9<&\\\"'",
        "a/b%2Bc%20%C3%A9%3C%26%22%27",
        "a%2Fb%2Bc+%C3%A9%3C%26%22%27",
        "a/b+c é&lt;&amp;&quot;&#x27;",
    ]
    for echo in rows:
        assert Redactor(["a/b+c é<&\"'"]).string(f"no {echo}!") == "no ***!"


def test_a_secret_of_three_letters_is_not_looked_for_in_words() -> None:
    assert Redactor(["abc"]).members(["an abcd"]) == ["an abcd"]
    assert Redactor(["abcd"]).members(["an abcd"]) == ["an ***"]


def test_control_characters_are_escaped_and_long_strings_cut() -> None:
    assert printable("a\nb\x1b[31m\x85\u2028é") == "a\\nb\\x1b[31m\\x85\\u2028é"
    assert printable("x" * 201) == "x" * 200 + "..."
    assert printable("x" * 200) == "x" * 200


# --- JSON ---


def test_json_is_copied_without_the_values_of_secret_members_and_known_secrets() -> None:
    data: dict[str, Any] = {"Key": SECRET, "mfaSecret": None, SECRET: [{"password": 5}, 1, None, True, f"is {SECRET}"]}
    assert redactor.members(data) == {
        "Key": "***",
        "mfaSecret": None,
        "***": [{"password": "***"}, 1, None, True, "is ***"],
    }
    assert redact_members({"key": "x", "msg": '{"key": "abc"}'}) == {"key": "***", "msg": '{"key": "***"}'}
    assert data["Key"] == SECRET
    assert is_secret_member("mfaSECRET")
    assert not is_secret_member("publicKey")


def test_a_body_without_secrets_stays_as_it_came_to_the_letter() -> None:
    for text in ('{"a":  1}', '{"id":"x"}', "null", "[]"):
        assert redactor.body(text, json.loads(text)) == (text, json.loads(text))


def test_a_body_with_a_secret_is_written_anew() -> None:
    rows: list[tuple[str, str]] = [
        ('{"key":"abc"}', '{"key": "***"}'),
        ('{"key": "first", "key": null}', '{"key": null}'),  # of two members json keeps the last
        ('{"\\u006bey": "abc"}', '{"key": "***"}'),
        ('{"a": "is fake-secret wrong?"}', '{"a": "is *** wrong?"}'),
    ]
    for text, redacted in rows:
        assert redactor.body(text, json.loads(text)) == (redacted, json.loads(redacted))


def test_a_body_that_is_no_json_is_cut() -> None:
    text = f"<p>{SECRET}" + "x" * 20_000
    cut, value = redactor.body(text, None)
    assert value is None
    assert cut.startswith("<p>***xxx")
    assert cut.endswith("... (20014 characters in all)")
    assert len(cut) < 17_000


def test_what_is_nested_too_deep_is_redacted_whole() -> None:
    deep: Any = SECRET
    for _ in range(100_000):
        deep = [deep]
    assert redactor.members(deep) == "***"


# --- time ---

WORST = {
    "backslashes": "'\"key\":\"' + '\\\\' * n",
    "quotes": '\'"key":"\' * (n // 7)',
    "names": "'key' * (n // 3)",
    "names with colons": "'key: ' * (n // 5)",
    "spaces": "'key' + ' ' * n",
    "brackets": "'key[' * (n // 4)",
    "arrows": "'\"key\"=>' * (n // 7)",
    "escapes": "'key\\\\\\\\\"' * (n // 6)",
    "digits": "'a' * n",
    "secrets": "'fake-secre' * (n // 10)",
    "entities": "'key&quot;' * (n // 9)",
    "nulls": "'\\x00' * n",
}


def test_the_worst_strings_take_time_linear_in_their_size() -> None:
    # Four times as long may take eight times as long and a little; quadratic time would be sixteen times and minutes.
    # The time counted is that of the CPU, and a limit on it ends what would not end.
    code = f"""
import resource, time
from payrix_sessions._redaction import Redactor, redact_search
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
redactor = Redactor(["fake-secret", "a/b+c d"])
slow = []
for name, make in {WORST!r}.items():
    took = []
    for n in (16_000, 64_000):
        text = eval(make)
        best = []
        for _ in range(3):
            started = time.process_time()
            redactor.string(text); redactor.members([text]); redact_search(text)
            best.append(time.process_time() - started)
        took.append(min(best))
    if took[1] > 8 * took[0] + 0.05:
        slow.append((name, took))
print(slow)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "[]"), ran.stderr


# --- values that hide themselves ---


def test_a_secret_is_the_string_that_it_hides_and_so_are_its_parts() -> None:
    secret = Secret.of(SECRET)
    assert secret == SECRET
    assert (
        repr({"APIKEY": secret, "part": secret[:4], "letter": secret[0]})
        == "{'APIKEY': '***', 'part': '***', 'letter': '***'}"
    )
    assert (Secret.of(5), Secret.of(secret)) == (5, secret)


def test_hidden_things_and_redactors_show_nothing_and_keep_nothing_in_a_pickle() -> None:
    hidden = Hidden.of({"key": SECRET})
    assert (repr(hidden), Hidden.of(hidden), repr(redactor)) == ("***", hidden, "Redactor(***)")
    assert SECRET.encode() not in pickle.dumps([hidden, redactor])
    assert pickle.loads(pickle.dumps(hidden)).value is None
    assert pickle.loads(pickle.dumps(redactor)).string(SECRET) == SECRET


# --- exceptions of others ---


class Failure(Exception):
    """An exception of somebody else's, with all that such ones keep."""

    def __init__(self, *args: object, **kept: object) -> None:
        super().__init__(*args)
        vars(self).update(kept)


def test_the_causes_of_an_exception_keep_their_words_and_lose_what_they_hold() -> None:
    pool = {"APIKEY": SECRET}
    below = Failure(
        f"at {SECRET}\n", b'{"key": "x"} ' + SECRET.encode(), 5, pool, pool=pool, words=f"of {SECRET}", size=1.5
    )
    try:
        try:
            raise below
        except Failure as failure:
            raise LookupError(SECRET) from failure
    except LookupError as caught:
        top = caught
    redactor.exception(top)
    assert (top.args, top.__traceback__ is None) == ((SECRET,), False)  # the exception itself is its maker's
    assert below.args == ("at ***\\n", b'{"key": "***"} ***', 5, None)
    assert vars(below) == {"pool": None, "words": "of ***", "size": 1.5}
    assert below.__traceback__ is None


def test_what_could_not_be_coded_is_not_kept() -> None:
    below: list[Any] = [
        UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, "no"),
        UnicodeEncodeError("ascii", SECRET, 0, 1, "no"),
        UnicodeTranslateError(SECRET, 0, 1, "no"),
    ]
    for cause in below:
        top = Failure("top")
        top.__cause__ = cause
        redactor.exception(top)
        assert not cause.object


def test_long_words_of_a_cause_are_cut() -> None:
    cause = Failure("x" * 20_000, b"x" * 20_000)
    top = Failure("top", cause)
    redactor.exception(top)
    assert [len(argument) for argument in cause.args] == [16_384, 16_384]


def test_causes_are_found_in_all_the_places_where_they_are_kept() -> None:
    below, reason, argument = Failure("below"), Failure("reason"), Failure("argument")
    top = Failure("top", argument, reason=reason)
    top.__cause__ = below
    below.__cause__ = top  # a circle ends
    assert causes(top) == [top, below, reason, argument]


def test_what_was_being_handled_is_followed_where_asked_for_up_to_where_the_caller_was() -> None:
    theirs, ours, top = Failure("theirs"), Failure("ours"), Failure("top")
    top.__context__ = ours
    ours.__context__ = theirs
    assert causes(top) == [top]
    assert causes(top, contexts=True) == [top, ours, theirs]
    assert causes(top, contexts=True, handled=theirs) == [top, ours]


def test_frames_of_libraries_are_cleared_and_those_of_applications_kept() -> None:
    library: dict[str, Any] = {"__name__": "requests.sessions"}
    exec("def send(call):\n    local = 'fake-secret'\n    call()", library)

    def fail() -> None:
        mine = SECRET
        raise Failure(mine)

    with pytest.raises(Failure) as caught:
        library["send"](fail)
    clear_library_frames(caught.value)
    found = {frame.f_code.co_name: dict(frame.f_locals) for frame in frames(caught.value)}
    assert found["send"] == {}
    assert found["fail"]["mine"] == SECRET


def test_a_frame_that_is_still_running_is_left_alone() -> None:
    library: dict[str, Any] = {"__name__": "requests.sessions", "clear": clear_library_frames, "Failure": Failure}
    exec(
        "def send():\n    try:\n        raise Failure\n    except Failure as e:\n        clear(e)\n    return 'done'",
        library,
    )
    assert library["send"]() == "done"


def frames(exception: BaseException) -> list[Any]:
    found: list[Any] = []
    link = exception.__traceback__
    while link is not None:
        found.append(link.tb_frame)
        link = link.tb_next
    return found

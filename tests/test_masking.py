"""What is never shown: in headers, texts, plain data, and in exceptions of others."""

from typing import Any

import pytest

from payrix_sessions.masking import Secret, causes, mask_headers, mask_members, mask_text, scrub, secrets_of

SECRET = "fake-secret"


@pytest.mark.parametrize(
    "name",
    [
        "APIKEY",
        "SessionKey",
        "TXNSESSIONKEY",
        "USERNAME",
        "PASSWORD",
        "token",
        "Authorization",
        "Proxy-Authorization",
        "Cookie",
    ],
)
def test_a_secret_header_is_masked_and_its_value_is_looked_for_elsewhere(name: str) -> None:
    assert mask_headers({name: SECRET, "accept": "x"}) == {name: "***", "accept": "x"}
    assert secrets_of({name: SECRET, "accept": "x"}) == [SECRET]


def test_a_header_that_was_not_given_holds_no_secret() -> None:
    assert secrets_of({"token": None, "request-token": "fake-token", "search": "created[less]=1"}) == []


@pytest.mark.parametrize(
    "search", ["key[equals]={}&a[less]=1", "KEY[in]={}", "or[0][key][equals]={}", "login[key][equals]={}"]
)
def test_a_searched_key_is_masked_and_looked_for_elsewhere(search: str) -> None:
    headers = {"search": search.format(SECRET)}
    assert mask_headers(headers) == {"search": search.format("***")}
    assert secrets_of(headers) == [SECRET]


def test_an_empty_searched_key_is_no_secret() -> None:
    assert secrets_of({"search": "key[equals]=&monkey[equals]=fake-fruit"}) == []


@pytest.mark.parametrize("text", ['{"a":  1}', '{"id": "x", "keys": ["y"]}', "<p>key: value</p>", "", "null"])
def test_a_text_without_secrets_stays_as_it_came_to_the_letter(text: str) -> None:
    assert mask_text(text, [SECRET]) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"key":"fake-secret"}', '{"key": "***"}'),
        ('{"Password": ["fake-secret"], "mfaSecret": 5}', '{"Password": "***", "mfaSecret": "***"}'),
        ('{"key": null}', '{"key": null}'),
        ('{"a": "is fake-secret wrong?"}', '{"a": "is *** wrong?"}'),
        ('{"response":{"data":[{"KEY":"fake-sec', '{"response":{"data":[{"KEY":"***'),
        ('<p>{\\"key\\": \\"fake-secret\\"', '<p>{\\"key\\": \\"***'),
        ("<p>fake-secret</p>", "<p>***</p>"),
    ],
)
def test_a_text_is_masked_where_it_holds_a_secret(text: str, masked: str) -> None:
    assert mask_text(text, [SECRET]) == masked


def test_a_secret_of_three_letters_is_not_looked_for_in_words() -> None:
    assert mask_members(["an abc", "an abcd"], ["abc"]) == ["an abc", "an abcd"]
    assert mask_members(["an abc", "an abcd"], ["abcd"]) == ["an abc", "an ***"]


def test_plain_data_is_copied_when_it_is_masked() -> None:
    data: dict[str, Any] = {"key": SECRET, "list": [{"password": SECRET}, 1, None, True]}
    assert mask_members(data) == {"key": "***", "list": [{"password": "***"}, 1, None, True]}
    assert data["key"] == SECRET


def test_a_secret_is_the_text_that_it_hides() -> None:
    assert Secret(SECRET) == SECRET
    assert repr({"APIKEY": Secret(SECRET)}) == "{'APIKEY': '***'}"
    assert Secret.of(5) == 5


class Failure(Exception):
    """An exception of somebody else's, with all that such ones keep."""

    def __init__(self, *args: object, **kept: object) -> None:
        super().__init__(*args)
        vars(self).update(kept)


def test_an_exception_keeps_its_words_and_loses_what_it_holds() -> None:
    pool = {"APIKEY": SECRET}
    failure = Failure(
        f"at {SECRET}", b'{"key": "x"} ' + SECRET.encode(), 5, pool, pool=pool, words=f"of {SECRET}", size=1.5
    )
    try:
        raise failure
    except Failure:
        scrub(failure, [SECRET])
    assert failure.args == ("at ***", b'{"key": "***"} ***', 5, None)
    assert vars(failure) == {"pool": None, "words": "of ***", "size": 1.5}
    assert failure.__traceback__ is None


def test_causes_are_found_in_all_the_places_where_they_are_kept() -> None:
    below, reason, argument = Failure("below"), Failure("reason"), Failure("argument")
    top = Failure("top", argument, reason=reason)
    top.__cause__ = below
    assert causes(top) == [top, below, reason, argument]


def test_what_was_being_handled_is_followed_where_that_is_asked_for_up_to_where_the_caller_was() -> None:
    theirs, ours, top = Failure("theirs"), Failure("ours"), Failure("top")
    top.__context__ = ours
    ours.__context__ = theirs
    assert causes(top) == [top]
    assert causes(top, contexts=True) == [top, ours, theirs]
    assert causes(top, contexts=True, handled=theirs) == [top, ours]


def test_a_circle_of_causes_ends() -> None:
    first, second = Failure("first"), Failure("second")
    first.__cause__ = second
    second.__cause__ = first
    assert causes(first) == [first, second]

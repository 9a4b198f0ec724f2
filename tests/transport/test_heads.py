"""Heads of responses: what the short way reads is what http.client and urllib3 read; all else is left to them."""

from random import Random

from tests.support.heads import BODY, compare_heads, is_short, ours
from tests.support.server import OK_HEAD


def test_random_heads_are_read_as_without_the_short_way() -> None:
    taken = compare_heads(Random(20261126), 300)
    assert 50 < taken < 250


def test_a_head_that_comes_in_two_pieces_is_read_the_same() -> None:
    usual = OK_HEAD + b"Content-Length: 26\r\n\r\n" + BODY
    assert is_short(usual)
    assert all(ours(usual[:place], usual[place:]) == ours(usual) for place in range(1, len(usual)))


def test_what_is_unusual_is_left_to_the_library() -> None:
    rows: list[bytes] = [
        b"Content-Length: 136,13", b"Content-Length: +26", b"Content-Length: 26\r\nContent-Length: 26",
        b"Content-Length: 26\r\nTransfer-Encoding: chunked", b"Content-Length: 26\r\nConnection: keep-alive, close",
        b"Content-Length: 26\r\nX-Fold: a\r\n b", b"Content-Length: 26\r\nX-Latin: \xe4", b"Content-Length: 26 ",
        b"Content-Length: 26\n", b"X-No-Framing: 1",
    ]  # fmt: skip
    for line in rows:
        assert not is_short(OK_HEAD + line + b"\r\n\r\n" + BODY)


def test_repeated_headers_are_joined_and_found_in_any_case() -> None:
    head = OK_HEAD + b"X-One: a\r\nx-one: b\r\nContent-Length: 0\r\n\r\n"
    assert is_short(head)
    assert ours(head)["headers"][1:3] == [("X-One", "a"), ("X-One", "b")]

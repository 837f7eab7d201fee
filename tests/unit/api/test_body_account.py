"""Memory of bodies in flight: shares of clients, room for small ones, nothing forgotten."""

import pytest

from api.bodies.account import COPIES, SMALL_BYTES, WIDE_COPIES, BodyAccount
from api.errors import Overloaded, RateLimited

LARGE = b"a" * (SMALL_BYTES + 1)
NEEDED = len(LARGE) * COPIES


def test_small_bodies_are_always_admitted() -> None:
    """Though nothing is left for anybody."""
    account = BodyAccount()
    with account.open("a", True) as first:
        first.receive(LARGE, NEEDED, NEEDED)
        for client in ("a", "b"):
            with account.open(client, True) as small:
                small.expect(SMALL_BYTES, NEEDED, NEEDED)
                small.receive(b"a" * SMALL_BYTES, NEEDED, NEEDED)
                assert account.held_bytes == NEEDED


def test_a_client_has_a_share_of_its_own() -> None:
    """Its second large body is refused by 429, another client's first is admitted."""
    account = BodyAccount()
    with account.open("a", True) as first, account.open("a", True) as second:
        first.expect(len(LARGE), 10 * NEEDED, NEEDED)
        with pytest.raises(RateLimited) as caught:
            second.expect(len(LARGE), 10 * NEEDED, NEEDED)
        assert caught.value.code == "too_many_body_bytes"
        assert caught.value.retry_after_s == 1
        with account.open("b", True) as other:
            other.expect(len(LARGE), 10 * NEEDED, NEEDED)
            other.receive(LARGE, 10 * NEEDED, NEEDED)
    assert account.of_client("a") == 0
    assert account.refused == {"client": 1, "all": 0}


def test_what_was_only_declared_keeps_nobody_else_out() -> None:
    """Memory is taken by what came."""
    account = BodyAccount()
    with account.open("a", True) as slow, account.open("b", True) as other:
        slow.expect(100 * len(LARGE), 100 * NEEDED, 100 * NEEDED)
        other.expect(len(LARGE), NEEDED, NEEDED)
        other.receive(LARGE, NEEDED, NEEDED)
        assert account.held_bytes == NEEDED


def test_all_clients_together_are_bounded() -> None:
    """503 for who comes too late, whether the length was declared or not."""
    account = BodyAccount()
    with account.open("a", True) as first:
        first.receive(LARGE, NEEDED, NEEDED)
        with account.open("b", True) as declared, pytest.raises(Overloaded):
            declared.expect(len(LARGE), NEEDED, NEEDED)
        with account.open("c", True) as chunked, pytest.raises(Overloaded):
            chunked.receive(LARGE, NEEDED, NEEDED)
    assert account.held_bytes == 0
    with account.open("b", True) as alone:
        alone.receive(LARGE, 1, 1)


@pytest.mark.parametrize("chunk", ["é".encode(), b"\\u00e9"])
def test_text_beyond_ascii_counts_for_what_its_strings_may_take(chunk: bytes) -> None:
    """In a text; the bytes of files are bytes."""
    account = BodyAccount()
    with account.open("a", True) as text:
        text.receive(LARGE, 10**9, 10**9)
        text.receive(chunk, 10**9, 10**9)
        assert account.held_bytes == (len(LARGE) + len(chunk)) * WIDE_COPIES
    with account.open("a", False) as file:
        file.receive(LARGE + chunk, 10**9, 10**9)
        assert account.held_bytes == (len(LARGE) + len(chunk)) * COPIES
    assert (account.held_bytes, account.of_client("a")) == (0, 0)

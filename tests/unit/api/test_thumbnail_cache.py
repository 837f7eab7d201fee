"""Small pictures are kept within bounds, and each client's apart."""

from api.answers.thumbnails import UNUSED_S, ThumbnailCache


def test_each_client_has_its_own() -> None:
    """Nobody learns by the time of an answer what somebody else has looked at."""
    cache = ThumbnailCache()
    cache.put(cache.key("a", "digest", 64), b"small")
    assert cache.get(cache.key("a", "digest", 64)) == b"small"
    others = [("b", "digest", 64), ("a", "other", 64), ("a", "digest", 128)]
    assert [cache.get(cache.key(*each)) for each in others] == [None] * 3


def test_bytes_are_bounded_and_the_last_used_stay() -> None:
    """One that is larger than all the room is not kept either."""
    cache = ThumbnailCache(most_bytes=10)
    for name in (b"1", b"2"):
        cache.put(name, b"x" * 5)
    assert cache.get(b"1") is not None
    cache.put(b"3", b"x" * 5)
    assert [cache.get(name) is not None for name in (b"1", b"2", b"3")] == [True, False, True]
    cache.put(b"1", b"x" * 2)
    assert cache.held_bytes == 7
    cache.put(b"4", b"x" * 11)
    assert cache.held_bytes == 0


def test_what_nobody_asks_for_is_let_go_of() -> None:
    """Its document may be deleted."""
    now = [0.0]
    cache = ThumbnailCache(clock_s=lambda: now[0])
    cache.put(b"old", b"x")
    now[0] = UNUSED_S / 2
    cache.put(b"new", b"y")
    now[0] = UNUSED_S + 1
    assert cache.get(b"old") is None
    assert cache.held_bytes == 1

"""The key file: strict, with the place of what is wrong, and forgiving only to who was in."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reliability.errors import ExpiredKey, KeyFileError, UnknownKey
from reliability.identity.api_keys import (
    ApiKey,
    KeyRing,
    Quota,
    issue,
    parse_keys,
    read_keys,
    verify,
    write_keys,
)

NOW = "2026-11-23T00:00:00+00:00"
OF_0_1 = {
    "format": 1,
    "keys": [
        {
            "id": "0123456789ab",
            "name": "shop \u202e",
            "role": "client",
            "namespaces": ["demo"],
            "digest": "0" * 64,
            "created_at": "2026-11-23T00:00:00+00:00",
            "revoked_at": None,
        }
    ],
}
"""As release 0.1 wrote it, with a name that only it would have taken."""


def changed(**fields: Any) -> bytes:
    return json.dumps({**OF_0_1, "keys": [{**OF_0_1["keys"][0], **fields}]}).encode()


def test_a_file_of_the_first_release_is_valid_as_it_is() -> None:
    """Also a name that would be refused for a new key."""
    [key] = parse_keys(json.dumps(OF_0_1).encode(), "keys.json").values()
    assert (key.namespaces, key.role, key.quota, key.expires_at) == (
        ("demo",),
        "client",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (changed(namespaces="ns-a"), "keys.0.namespaces"),
        (changed(namespaces=["A"]), "keys.0.namespaces.0"),
        (changed(namespaces=[1]), "keys.0.namespaces.0"),
        (changed(namespaces={"ns-a": 1}), "keys.0.namespaces"),
        (changed(role="root"), "keys.0.role"),
        (changed(role=["client"]), "keys.0.role"),
        (changed(id="../../x"), "keys.0.id"),
        (changed(id=12), "keys.0.id"),
        (changed(name=None), "keys.0.name"),
        (changed(digest="0" * 63), "keys.0.digest"),
        (changed(digest="Z" * 64), "keys.0.digest"),
        (changed(created_at="yesterday"), "keys.0.created_at"),
        (changed(revoked_at=""), "keys.0.revoked_at"),
        (changed(revoked_at=False), "keys.0.revoked_at"),
        (changed(expires_at="2027-01-01T00:00:00"), "keys.0.expires_at"),
        (changed(expires_at=1_800_000_000), "keys.0.expires_at"),
        (changed(quota=[]), "keys.0.quota"),
        (changed(quota={"documents": "7"}), "keys.0.quota.documents"),
        (changed(quota={"documents": -1}), "keys.0.quota.documents"),
        (changed(quota={"documents": True}), "keys.0.quota.documents"),
        (changed(quota={"bytes": 1.5}), "keys.0.quota.bytes"),
        (changed(quota={"pages": 1}), "keys.0.quota.pages"),
        (changed(admin=True), "keys.0.admin"),
        (b'{"format": 1, "keys": {}}', "keys"),
        (b'{"format": true, "keys": []}', "format"),
        (b'{"format": 1, "keys": [], "more": 1}', "more"),
        (b'{"format": 1, "keys": [], "keys": []}', "'keys' is there twice"),
        (b"[1]", "the file"),
        (b'{"format": 1', "line 1, column 13"),
        (b"\xff", "byte 0"),
        (b"\xef\xbb\xbf{}", "line 1"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"format": 1, "keys": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
        (b'{"format": ' + b"9" * 5000 + b"}", "number"),
        (b"", "line 1"),
        (b"null", "the file"),
    ],
)
def test_what_is_wrong_is_told_by_its_place_and_never_quoted(content: bytes, place: str) -> None:
    """Types, roles, missing zones, deep nesting, fields that are there twice."""
    with pytest.raises(KeyFileError, match=r"^keys\.json is not a key file: ") as refusal:
        parse_keys(content, "keys.json")
    assert place in str(refusal.value)
    assert "0" * 63 not in str(refusal.value)


def test_an_id_that_is_there_twice_is_refused() -> None:
    """The last would have won silently."""
    twice = {**OF_0_1, "keys": OF_0_1["keys"] * 2}
    with pytest.raises(KeyFileError, match=r"keys\.1\.id: 0123456789ab is there twice"):
        parse_keys(json.dumps(twice).encode(), "keys.json")


def test_a_file_beyond_the_cap_is_not_parsed() -> None:
    """An operator's slip must not take the memory."""
    with pytest.raises(KeyFileError, match="bytes"):
        parse_keys(b" " * (16 * 1024 * 1024 + 1), "keys.json")


def test_all_fields_survive_the_file_and_newer_ones_stand_only_where_used(tmp_path: Path) -> None:
    """An older release reads a file in which nothing new is used."""
    plain, _ = issue("old", "client", ["a"], NOW)
    full, _ = issue("new", "reader", None, NOW, "2027-01-01T00:00:00+01:00", Quota(1, 2, 3))
    path = tmp_path / "keys.json"
    write_keys(path, {key.id: key for key in (plain, full)})
    assert read_keys(path) == {plain.id: plain, full.id: full}
    assert set(json.loads(path.read_text())["keys"][0]) == set(OF_0_1["keys"][0])


@pytest.mark.parametrize("expires_at", ["1970-01-01T00:01:40+00:00", "0001-01-01T00:00:00+23:59"])
def test_a_key_expires_at_its_second_and_only_its_holder_is_told(expires_at: str) -> None:
    """Another secret for the same id is merely unknown."""
    key, text = issue("x", "client", None, NOW, expires_at)
    with pytest.raises(ExpiredKey) as expired:
        verify(text, {key.id: key}, 100.0)
    assert expired.value.code == "expired_api_key"
    with pytest.raises(UnknownKey) as unknown:
        verify(text[:-4] + "zzzz", {key.id: key}, 100.0)
    assert unknown.value.code == "invalid_api_key"


def test_a_key_is_valid_until_it_expires() -> None:
    """The microsecond before."""
    key, text = issue("x", "client", None, NOW, "1970-01-01T00:01:40+00:00")
    assert verify(text, {key.id: key}, 99.999_999) == key


class Ring:
    """A ring whose clocks are moved by hand, and what it told."""

    def __init__(self, path: Path) -> None:
        self.utc_s = 1000.0
        self.us = 0
        self.told: list[KeyFileError | None] = []
        self.ring = KeyRing(path, now_utc_s=lambda: self.utc_s, told=self.told.append)

    def look(self, text: str, after_s: float = 1.0) -> ApiKey:
        self.us += int(after_s * 1_000_000)
        return self.ring.verify(text, self.us)


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, ApiKey, str]:
    key, text = issue("x", "client", None, NOW)
    path = tmp_path / "keys.json"
    write_keys(path, {key.id: key})
    return path, key, text


BROKEN = [b"", b"{", b"[" * 100_000, changed(namespaces="ns-a"), b"\xff\xfe"]


@pytest.mark.parametrize("content", BROKEN)
def test_a_file_that_breaks_locks_nobody_out_who_was_in(kept, content: bytes) -> None:
    """They stay for ten minutes and the operator is told; strangers hear that nobody can tell."""
    path, key, text = kept
    ring = Ring(path)
    assert ring.look(text) == key
    whole = path.read_bytes()
    path.write_bytes(content)
    assert ring.look(text) == key
    _, stranger = issue("y", "client", None, NOW)
    with pytest.raises(KeyFileError):
        ring.look(stranger)
    [told] = ring.told
    assert str(path) in str(told)
    assert ring.look(text, 590.0) == key
    with pytest.raises(KeyFileError):
        ring.look(text, 10.0)
    path.write_bytes(whole)
    assert ring.look(text) == key
    assert ring.told[-1] is None
    with pytest.raises(UnknownKey):
        ring.look(stranger)


def test_a_broken_file_at_the_start_lets_nobody_in(kept) -> None:
    """There is nobody who was in."""
    path, _, text = kept
    path.write_bytes(b"{")
    with pytest.raises(KeyFileError):
        Ring(path).look(text)


def test_a_file_that_is_gone_closes_the_door_at_once(kept) -> None:
    """Taking it away is no typing error; what comes after begins anew."""
    path, _, text = kept
    ring = Ring(path)
    ring.look(text)
    whole = path.read_bytes()
    path.unlink()
    with pytest.raises(KeyFileError):
        ring.look(text)
    path.write_bytes(b"{")
    with pytest.raises(KeyFileError):
        ring.look(text)
    path.write_bytes(whole)
    assert ring.look(text).name == "x"


def test_a_key_expires_though_the_file_is_broken(kept) -> None:
    """What was decided while it was whole still holds."""
    path, key, text = kept
    write_keys(path, {key.id: replace(key, expires_at="1970-01-01T00:20:00+00:00")})
    ring = Ring(path)
    ring.look(text)
    path.write_bytes(b"{")
    ring.look(text)
    ring.utc_s = 1200.0
    with pytest.raises(ExpiredKey):
        ring.look(text)


@pytest.mark.parametrize(
    "change", [{"role": "reader"}, {"expires_at": "2100-01-01T00:00:00+00:00"}, {"quota": Quota(1)}]
)
def test_a_changed_key_is_in_force_within_a_second(kept, change: dict[str, Any]) -> None:
    """Role, expiry and quota alike, without a restart."""
    path, key, text = kept
    ring = Ring(path)
    ring.look(text)
    write_keys(path, {key.id: replace(key, **change)})
    assert ring.look(text) == replace(key, **change)

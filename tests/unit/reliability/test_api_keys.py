"""API keys: nothing that could be presented is ever stored."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reliability.errors import KeyFileError, UnknownKey
from reliability.identity.api_keys import KeyRing, issue, read_keys, verify, write_keys

NOW = "2026-11-23T00:00:00+00:00"


def test_a_key_is_recognised_and_its_secret_is_not_kept(tmp_path: Path) -> None:
    """The file holds a digest, and its owner alone may read it."""
    key, text = issue("shop", "client", ["demo", "demo"], NOW)
    path = tmp_path / "keys.json"
    write_keys(path, {key.id: key})
    assert text.split("_", 2)[2] not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert verify(text, read_keys(path)) == key
    assert key.namespaces == ("demo",)


@pytest.mark.parametrize("change", [str.upper, lambda t: t[:-1], lambda t: t + "x", lambda t: ""])
def test_anything_else_is_no_key(change) -> None:
    """One character is enough, and the message does not repeat it."""
    key, text = issue("shop", "client", None, NOW)
    with pytest.raises(UnknownKey) as refusal:
        verify(change(text), {key.id: key})
    assert key.id not in str(refusal.value)


def test_a_right_id_with_another_secret_is_refused() -> None:
    """Ids are public."""
    key, _ = issue("shop", "client", None, NOW)
    _, other = issue("shop", "client", None, NOW)
    forged = f"bw_{key.id}_{other.split('_', 2)[2]}"
    with pytest.raises(UnknownKey):
        verify(forged, {key.id: key})


def test_a_revoked_key_is_refused_within_a_second(tmp_path: Path) -> None:
    """The running service reads the file again when it changed."""
    key, text = issue("shop", "client", None, NOW)
    path = tmp_path / "keys.json"
    write_keys(path, {key.id: key})
    ring = KeyRing(path)
    assert ring.verify(text, 0) == key
    write_keys(path, {key.id: replace(key, revoked_at=NOW)})
    assert ring.verify(text, 999_999) == key
    with pytest.raises(UnknownKey):
        ring.verify(text, 1_000_000)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 2, "keys": []}', '{"format": 1}'])
def test_a_file_that_is_no_key_file_lets_nobody_in(tmp_path: Path, content: str) -> None:
    """Broken means closed."""
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(KeyFileError):
        read_keys(path)
    with pytest.raises(KeyFileError):
        KeyRing(tmp_path / "missing.json").verify("x", 0)


def test_an_unknown_role_in_the_file_is_refused(tmp_path: Path) -> None:
    """A role is `client` or `administrator`."""
    key, _ = issue("shop", "client", None, NOW)
    path = tmp_path / "keys.json"
    write_keys(path, {key.id: key})
    content = json.loads(path.read_text())
    content["keys"][0]["role"] = "root"
    path.write_text(json.dumps(content))
    with pytest.raises(KeyFileError):
        read_keys(path)

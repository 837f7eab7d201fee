"""Results that benches keep, and the page that is made of them."""

import json
from pathlib import Path

import pytest

from scripts.reference import results
from scripts.reference.benchmarks import benchmarks

KEPT = json.loads(results.KEPT.read_text(encoding="utf-8"))
MEASURED = [{"what": "pictures", "measured": 27.5, "bar": "≥ 20", "verdict": "met"}]


def test_a_run_takes_the_place_of_the_last_one() -> None:
    """Its title and its place stay; of other benches nothing changes."""
    kept = {
        "embed": {"title": "Embedding", "run": "here", "rows": [{"what": "older"}]},
        "search": {"title": "Search", "rows": []},
    }
    changed = results.with_run(kept, "embed", MEASURED, "x", "2026-11-30", "abc", "two cores")
    assert list(changed) == ["embed", "search"]
    assert changed["search"] is kept["search"]
    assert changed["embed"]["title"] == "Embedding"
    assert changed["embed"]["run"] == "here"
    assert changed["embed"]["rows"] == [MEASURED[0] | {"measured": "27.5"}]


def test_only_a_run_that_was_told_to_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `python -m scripts.bench --write`; date, commit and machine come along."""
    path = tmp_path / "benchmarks.json"
    path.write_text("{}")
    monkeypatch.delenv(results.WRITE, raising=False)
    results.keep_if_asked("embed", MEASURED, path)
    assert path.read_text() == "{}"
    monkeypatch.setenv(results.WRITE, "1")
    results.keep_if_asked("embed", MEASURED, path)
    entry = json.loads(path.read_text())["embed"]
    assert entry["date"] == results.today()
    assert entry["machine"].endswith("GiB")
    assert "pictures" in benchmarks(path)


def test_the_machine_is_told_in_words(tmp_path: Path) -> None:
    """Its processor, and its memory in GiB; no name of the host."""
    (tmp_path / "cpu").write_text("processor : 0\nmodel name : AMD EPYC\n")
    (tmp_path / "memory").write_text("MemTotal:       16777216 kB\n")
    assert results.machine(tmp_path / "cpu", tmp_path / "memory").endswith("of AMD EPYC, 16 GiB")


def test_a_result_without_a_date_says_so(tmp_path: Path) -> None:
    """Nothing is invented for what was measured before it was recorded."""
    entry = {"title": "Old", "run": "x", "date": None, "commit": None, "machine": "m"}
    path = tmp_path / "benchmarks.json"
    path.write_text(json.dumps({"old": entry | {"rows": [{"what": "a", "measured": "1"}]}}))
    assert "Date: not recorded; commit: not recorded; machine: m." in benchmarks(path)


@pytest.mark.parametrize("name", KEPT)
def test_kept_results_have_one_shape(name: str) -> None:
    """A title, how it is run, and rows of texts; a measured row has a verdict."""
    entry = KEPT[name]
    assert {"title", "run", "date", "commit", "machine", "rows"} == set(entry)
    assert entry["rows"]
    for row in entry["rows"]:
        assert {type(value) for value in row.values()} == {str}
        assert "what" not in row or row["verdict"]

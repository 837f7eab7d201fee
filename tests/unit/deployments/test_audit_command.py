"""What `make audit` makes of a report: silence is never good news."""

import json

from scripts.dev.audit import verdict

CLEAN = {"name": "good", "version": "1", "vulns": []}
HOLED = {"name": "bad", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "unknown", "skip_reason": "Dependency not found on PyPI"}


def report(*packages: dict) -> str:
    return json.dumps({"dependencies": packages})


def test_a_hole_is_named_with_its_cure() -> None:
    """Status 1."""
    status, lines = verdict(report(CLEAN, HOLED))
    assert status == 1
    assert "bad 2: PYSEC-1, fixed in 3" in lines


def test_what_was_not_looked_up_is_not_called_clean() -> None:
    """Status 2 for an unknown package and for no answer at all."""
    status, lines = verdict(report(CLEAN, SKIPPED))
    assert status == 2
    assert lines[-1].startswith("NOT AUDITED: 1 packages")
    assert verdict("")[0] == 2


def test_a_clean_report_is_clean() -> None:
    """Status 0."""
    assert verdict(report(CLEAN)) == (0, ["1 packages audited, 0 known holes"])

"""No test of this suite is one that cannot fail; ``tests/vacuous.py`` says what is looked for."""

from pathlib import Path

import pytest

from tests.vacuous import findings

TESTS = Path(__file__).resolve().parents[1]
CANNOT_FAIL = {
    "asserts nothing": "run()",
    "a constant": "assert True",
    "a tuple": "assert (found == 1, 'one')",
    "every length": "assert len(found()) >= 0",
    "every length, turned round": "found = ask()\n    assert 0 <= found.count",
    "in a conjunction": "found = ask()\n    assert found.count == 1 and len(found.hits) >= 0",
    "all of nothing": "assert all(hit.score > 0 for hit in search())",
    "all of a filtered list": "hits = [h for h in ROWS if h]\n    assert all(hits)",
    "not any of nothing": "hits = search()\n    assert not any(hit.old for hit in hits)",
    "a loop over nothing": "for hit in search():\n        assert hit.score > 0",
    "a loop over no files": "for path in FOLDER.glob('*'):\n        assert path.read_text()",
    "a failure that is caught": "try:\n        assert run()\n    except Exception:\n        pass",
    "a failure that is told": "try:\n        assert run()\n    except:\n        print('failed')",
    "a loop in a helper's way": "for hit in search():\n        check(hit)",
}
CAN_FAIL = {
    "asserts": "assert found() == 1",
    "raises": "with pytest.raises(ValueError):\n        run()",
    "asks a helper": "check(run())",
    "asserts by numpy": "np.testing.assert_allclose(run(), 1)",
    "all of a literal": "assert all(search(word) for word in ('a', 'b'))",
    "all of a count": "assert all(search(n) for n in range(3))",
    "all of what is there": "hits = search()\n    assert hits\n    assert all(h.ok for h in hits)",
    "all of so many": "a = ask()\n    assert len(a) == 3\n    assert all(h.ok for h in a)",
    "all of what was compared": "a = ask()\n    assert {h.id for h in a.hits} == {1}\n"
    "    assert all(h.ok for h in a.hits)",
    "a loop over a table": "for word, count in {'a': 1}.items():\n        assert ask(word)",
    "a loop over a constant": "for row in ROWS:\n        assert row",
    "something outside of the loop": "for hit in ask():\n        assert hit.ok\n    assert done()",
    "another error is caught": "try:\n        assert run()\n    except OSError:\n        pass",
    "what is caught is raised": "try:\n        assert run()\n    except Exception:\n        raise",
    "below zero is possible": "assert balance() >= -1",
}


def told(tmp_path: Path, body: str) -> list[str]:
    """Return what is said of a test with this body."""
    path = tmp_path / "test_it.py"
    path.write_text(
        "ROWS = (1, 2)\n\n\ndef check(hit):\n    assert hit\n\n\n"
        f"def test_it(tmp_path):\n    {body}\n"
    )
    return [finding.why for finding in findings([path])]


def test_every_test_of_this_suite_can_fail() -> None:
    """Each line below is a place to mend: assert that there is something before looking at it."""
    paths = sorted(TESTS.rglob("*.py"))
    assert Path(__file__) in paths
    found = findings(paths)
    assert not found, "\n".join(f"{f.path.relative_to(TESTS)}:{f.line}: {f.why}" for f in found)


@pytest.mark.parametrize("body", CANNOT_FAIL.values(), ids=CANNOT_FAIL)
def test_a_test_that_cannot_fail_is_found(tmp_path: Path, body: str) -> None:
    """Once each."""
    assert len(told(tmp_path, body)) == 1


@pytest.mark.parametrize("body", CAN_FAIL.values(), ids=CAN_FAIL)
def test_a_test_that_can_fail_is_left_alone(tmp_path: Path, body: str) -> None:
    """The check is of use only if nobody has to write round it."""
    assert told(tmp_path, body) == []

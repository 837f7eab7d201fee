"""What the bench of photographs counts."""

import json

import numpy as np

from scripts.bench.photographs.judged import JudgedQuery, best, read_set


def test_precision_is_of_the_first_five():
    """Two of five, whatever follows; of a query with three pictures 0.6 is the most."""
    query = JudgedQuery("dog", is_broad=False, in_imagenet=True, relevant=frozenset({1, 3, 9}))
    assert query.precision([3, 0, 1, 2, 4, 9]) == 0.4
    assert query.reachable == 0.6


def test_equal_scores_keep_their_order():
    """So that a run can be repeated."""
    assert best(np.array([0.5, 0.9, 0.5, 0.5, 0.5, 0.5])) == [1, 0, 2, 3, 4]


def test_a_set_is_read_by_the_names_of_its_pictures(tmp_path):
    """With or without their folder; a query that nothing fits stays."""
    (tmp_path / "pictures").mkdir()
    for name in ("b.jpg", "a.jpg"):
        (tmp_path / "pictures" / name).touch()
    queries = [
        {"query": "dog", "kind": "everyday", "imagenet": True},
        {"query": "thing", "kind": "broad", "imagenet": False},
    ]
    (tmp_path / "queries.json").write_text(json.dumps(queries))
    (tmp_path / "judgments.json").write_text(json.dumps({"dog": ["pictures/b.jpg"]}))
    found = read_set(tmp_path)
    assert [file.name for file in found.files] == ["a.jpg", "b.jpg"]
    assert [query.relevant for query in found.queries] == [frozenset({1}), frozenset()]
    assert [query.is_broad for query in found.queries] == [False, True]

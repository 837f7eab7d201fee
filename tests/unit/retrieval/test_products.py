"""Products in small parts."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.search.products import MOST_MULTIPLIED, parts, product


@given(st.integers(0, 300), st.integers(0, 2 * MOST_MULTIPLIED))
def test_the_parts_are_all_rows_once_and_small(rows, multiplied):
    """A single row is a part however large it is."""
    taken = [range(rows)[part] for part in parts(rows, multiplied)]
    assert [row for part in taken for row in part] == list(range(rows))
    assert all(len(part) == 1 or len(part) * multiplied <= MOST_MULTIPLIED for part in taken)


@pytest.mark.parametrize("columns", [(), (96,)])
@pytest.mark.parametrize("rows", [0, 1, 10, 9_001])
def test_it_is_the_product(rows, columns):
    """Of a matrix with a vector or with a matrix, of one part or of many."""
    rng = np.random.default_rng(5)
    left = rng.normal(size=(rows, 384)).astype(np.float32)
    right = rng.normal(size=(384, *columns)).astype(np.float32)
    made = product(left, right)
    assert made.shape == (rows, *columns)
    assert np.allclose(made, left.astype(np.float64) @ right, atol=1e-3)


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="nothing is shared on one core")
@pytest.mark.parametrize("columns", [(), (96,)])
def test_no_other_thread_computes_it(columns):
    """An OpenBLAS that shares smaller products than ``MOST_MULTIPLIED`` fails here.

    In a process of its own, where nothing but OpenBLAS has other threads. They spin a moment
    before they rest, so they may count into one look, never into each.
    """
    asked = [sys.executable, "-c", SHARES, json.dumps(columns)]
    answer = subprocess.run(asked, check=True, capture_output=True, text=True, timeout=60)
    shares = json.loads(answer.stdout)
    assert len(shares) == 5
    assert min(shares) < 1 / 4


SHARES = """
import json, sys, time
import numpy as np
from retrieval.search.products import product

rng = np.random.default_rng(6)
left = rng.normal(size=(20_000, 384)).astype(np.float32)
right = rng.normal(size=(384, *json.loads(sys.argv[1]))).astype(np.float32)


def others_share():
    everybody, own = time.process_time(), time.thread_time()
    for _ in range(5):
        product(left, right)
    own_s = time.thread_time() - own
    return (time.process_time() - everybody - own_s) / own_s


print(json.dumps([others_share() for _ in range(5)]))
"""
"""Prints what the other threads of its process computed, as shares of the one that asked."""

"""Examples that are not run say why, and are counted."""

import re

import pytest
import yaml

from tests.markdown import Example
from tests.printed_examples import PRINTED, PROJECT, RUN, SHOWN

NOT_RUN = 19
"""Changed by hand, so that nobody marks one without thinking."""
MARKED = [each for each in PRINTED if each.not_run is not None]


def test_every_block_says_its_language() -> None:
    """So that none is left out unseen."""
    assert len(PRINTED) > 40
    assert {each.language for each in PRINTED} - {*RUN, *SHOWN} == set()


def test_the_examples_that_are_not_run_are_counted() -> None:
    """What cannot run here: it stops the service, or needs a cloud, a GPU, ten minutes."""
    assert len(MARKED) == NOT_RUN
    assert {each.language for each in MARKED} <= set(RUN)


@pytest.mark.parametrize("example", MARKED, ids=lambda each: f"{each.page}:{each.line}")
def test_a_reason_names_tests_that_are_there(example: Example) -> None:
    """A mark that leads to nothing would hide an example for ever."""
    reason = str(example.not_run)
    assert len(reason) > 20
    named = re.findall(r"tests/[\w./]+", reason)
    assert {name for name in named if not (PROJECT / name.rstrip(".")).exists()} == set()


def test_a_block_of_settings_is_yaml() -> None:
    """Copied as it stands, it can be read."""
    blocks = [each for each in PRINTED if each.language == "yaml"]
    assert len(blocks) > 3
    assert all(yaml.safe_load(each.text) for each in blocks)

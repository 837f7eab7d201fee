"""Why a deployment failed is a line, not the way of a traceback through other people's code."""

from typing import Any

import pytest

from deployments.remote.complaints import complaints, reason_of

TRACEBACK = """The deployment failed to start 3 times in a row. Error:
ray::ServeReplica:brainwav:Embedder.initialize_and_get_metadata() (pid=1, ip=127.0.0.1)
  File "/a/deployments/encoding/setup.py", line 37, in load
    return choose(build_encoder(spec, limits), model.precision)
                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^
KeyError: 'first'

The above exception was the direct cause of the following exception:

  File "/a/retrieval/clip/weights_file.py", line 33, in verified
    raise WeightsNotFound(f"no weights file at {path}")
retrieval.clip.errors.WeightsNotFound: not in the cache: Got: ConnectError:
An error happened while looking for the files."""


def test_of_a_traceback_its_last_error_is_the_reason() -> None:
    """With all of its own lines, in one."""
    assert reason_of(TRACEBACK) == (
        "retrieval.clip.errors.WeightsNotFound: not in the cache: Got: ConnectError: "
        "An error happened while looking for the files."
    )


@pytest.mark.parametrize(
    "message", ["", "Failed to update the deployments ['Embedder'].", "Note: two\nlines"]
)
def test_what_is_no_traceback_is_said_whole(message: str) -> None:
    """A word with a colon makes none."""
    assert reason_of(message) == " ".join(message.split())


def test_a_long_reason_is_cut() -> None:
    """A page of configuration in an error's message is no reason."""
    assert len(reason_of("x" * 10_000)) < 1_000


def test_each_application_and_deployment_says_its_own() -> None:
    """One that says nothing is left out."""
    details: dict[str, Any] = {
        "applications": {
            "brainwav": {
                "status": "DEPLOY_FAILED",
                "message": "Failed to update the deployments ['Embedder'].",
                "deployments": {
                    "Embedder": {"message": TRACEBACK},
                    "Planner": {"message": ""},
                },
            }
        }
    }
    first, second = complaints(details).splitlines()
    assert first == "brainwav: DEPLOY_FAILED Failed to update the deployments ['Embedder']."
    assert second.startswith("  Embedder: retrieval.clip.errors.WeightsNotFound: ")

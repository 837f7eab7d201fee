"""What `up` would wait for in vain is said before Ray starts: an address, a GPU, a resource."""

from typing import Any

import pytest

from deployments.preflight import capacity, reachable
from deployments.preflight.checks import FAILED, OK
from tests.changed_configuration import ARGS, EMBEDDER, SHIPPED, of, with_value


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("http_options.host", "10.1.2.3"),
        ("http_options.host", "127.0.0.2"),
        ("http_options.host", "::1"),
        ("http_options.host", "search.example"),
        ("http_options.ssl_certfile", "/etc/cert.pem"),
        ("applications[0].route_prefix", "/search-service"),
    ],
)
def test_where_nobody_would_be_asked_is_said(place: str, value: str) -> None:
    """Commands ask http://127.0.0.1:PORT/; ten minutes of silence would end in going back."""
    found = reachable.check(with_value(place, value))
    assert found.status == FAILED
    assert place.partition("[")[0].split(".")[-1] in found.said or value in found.said
    assert "127.0.0.1:8000" in found.said
    assert "\n" not in found.said


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "::"])
def test_what_answers_there_passes(host: str) -> None:
    """Loopback by its first address, or every interface; nothing said is loopback too."""
    assert reachable.check(with_value("http_options.host", host)).status == OK
    bare = {key: value for key, value in SHIPPED.items() if key != "http_options"}
    assert reachable.check(bare).status == OK


def test_the_path_of_somebody_elses_application_is_theirs() -> None:
    """Ours is asked at the top."""
    other = {"name": "other", "import_path": "other:app", "route_prefix": "/other"}
    both = SHIPPED | {"applications": [*SHIPPED["applications"], other]}
    assert reachable.check(both).status == OK


@pytest.mark.parametrize(
    ("place", "value", "gpus", "word"),
    [
        (of(EMBEDDER, "ray_actor_options.num_gpus"), 1, 0, "num_gpus"),
        (of(EMBEDDER, "ray_actor_options.num_gpus"), 2, 1, "num_gpus"),
        (of(EMBEDDER, "ray_actor_options.resources"), {"fpga": 1}, 0, "fpga"),
        (f"{ARGS}.model.device", "cuda", 0, "device"),
    ],
)
def test_what_this_machine_does_not_have_is_said(
    place: str, value: Any, gpus: int, word: str
) -> None:
    """Ray would wait for it without a word."""
    found = capacity.hardware(with_value(place, value), gpus)
    assert found.status == FAILED
    assert word in found.said


def test_what_it_has_passes() -> None:
    """A share of a GPU is one, and no amount of a resource is none."""
    half = with_value(of(EMBEDDER, "ray_actor_options.num_gpus"), 0.5)
    assert capacity.hardware(half, 1).status == OK
    assert capacity.hardware(with_value(f"{ARGS}.model.device", "cuda"), 1).status == OK
    none = with_value(of(EMBEDDER, "ray_actor_options.resources"), {"fpga": 0})
    assert capacity.hardware(none, 0).status == OK
    assert capacity.hardware(SHIPPED, 0).status == OK

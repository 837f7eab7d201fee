"""What a configuration names to be called must be able to answer Serve, before it is deployed."""

from typing import Any

import pytest

from deployments.checking import config
from tests.changed_configuration import EMBEDDER, of, with_value

POLICY = of(EMBEDDER, "autoscaling_config.policy")
OURS = "deployments.autoscaling:SloPolicy"


def told(place: str, value: Any) -> list[str]:
    return list(config.check(with_value(place, value)))


@pytest.mark.parametrize(
    ("function", "word"),
    [
        ("json:dumps", "Python's own"),
        ("os.getcwd", "Python's own"),
        ("pathlib:Path", "Python's own"),
        ("deployments.autoscaling:load", None),
        ("deployments.home:is_checkout", "argument"),
        ("deployments.home:config_of", "has no config_of"),
        ("reliability.scaling.policy:Load", "cannot be called"),
        ("reliability.scaling.policy:decide", "argument"),
        ("deployments.autoscaling:MEMORY", "no function"),
    ],
)
def test_a_policy_is_called_with_one_context(function: str, word: str | None) -> None:
    """Whatever cannot be is told; what a function answers is seen when it runs."""
    found = told(POLICY, {"policy_function": function})
    if word is None:
        assert found == []
    else:
        assert found
        assert found[0].startswith(f"{POLICY}.policy_function: ")
        assert word in found[0]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("target", 95),
        ("target", 1),
        ("target", 0),
        ("eco", 2),
        ("eco", -0.1),
        ("full", 0),
        ("least_calls", 0),
        ("safe_burn", -1),
        ("settle_s", -1),
    ],
)
def test_a_goal_that_cannot_be_reached_is_told(key: str, value: float) -> None:
    """A share of all calls divides by nothing; 95 is meant as 0.95."""
    [found] = told(POLICY, {"policy_function": OURS, "policy_kwargs": {key: value}})
    assert found.startswith(f"{POLICY}.policy_kwargs.{key}: ")


def test_arguments_that_nothing_reads_are_told() -> None:
    """Serve gives them to a class only."""
    for policy in (
        {"policy_kwargs": {"full": 8}},
        {"policy_function": "deployments.autoscaling:load", "policy_kwargs": {"full": 8}},
    ):
        [found] = told(POLICY, policy)
        assert found.startswith(f"{POLICY}.policy_kwargs: ")
        assert "class" in found


def test_a_policy_of_all_deployments_is_not_one_of_a_deployment() -> None:
    """`SloPolicy` is asked about one; an application's is given all at once."""
    place = "applications[0].autoscaling_policy"
    [found] = told(place, {"policy_function": OURS})
    assert found.startswith(f"{place}.policy_function: ")
    assert "autoscaling_config.policy" in found
    [found] = told(place, {"policy_function": "json:dumps"})
    assert found.startswith(f"{place}.policy_function: ")


@pytest.mark.parametrize(
    "path", ["json:dumps", "pathlib:Path", "deployments.autoscaling:SloPolicy"]
)
def test_a_router_is_one_of_serves(path: str) -> None:
    """Any other class fails in every replica that calls another."""
    place = of(EMBEDDER, "request_router_config.request_router_class")
    [found] = told(place, path)
    assert found.startswith(f"{place}: ")
    assert "RequestRouter" in found or "Python's own" in found


def test_serves_own_router_passes() -> None:
    """By its whole path."""
    place = of(EMBEDDER, "request_router_config.request_router_class")
    own = "ray.serve._private.request_router:PowerOfTwoChoicesRequestRouter"
    assert told(place, own) == []


@pytest.mark.parametrize("path", ["json:dumps", "deployments.autoscaling:load"])
def test_what_serves_grpc_takes_a_servicer_and_a_server(path: str) -> None:
    """`add_…Servicer_to_server(servicer, server)`, as protoc writes it."""
    place = "grpc_options.grpc_servicer_functions"
    [found] = told(place, [path])
    assert found.startswith(f"{place}[0]: ")


def test_an_actor_of_a_deployment_is_a_class() -> None:
    """A function is started as an actor by nobody; two of one name replace each other."""
    place = of(EMBEDDER, "deployment_actors")
    good = {"name": "a", "actor_class": "deployments.autoscaling:SloPolicy"}
    assert told(place, [good]) == []
    [found] = told(place, [good | {"actor_class": "json:dumps"}])
    assert found.startswith(f"{place}[0].actor_class: ")
    [found] = told(place, [good, good])
    assert found.startswith(f"{place}[1].name: ")
    [found] = told(place, [good | {"name": ""}])
    assert found.startswith(f"{place}[0].name: ")

"""Modes: chosen, configured, decided, and never against latency."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sustainability.modes.auto_policy import AutoRules, Decision, Situation, decide
from sustainability.modes.in_force import ModeService
from sustainability.modes.profiles import LEAST_DUTY, Profile, steered_duty

FULL = Decision("full", "started", float("-inf"))
CALM = Situation(1000.0, 12, 200.0, 20.0)
CARBON = AutoRules(eco_above_g_per_kwh=300.0)
BUDGET = AutoRules(power_budget_w=50.0)


def test_without_rules_nothing_is_saved() -> None:
    """Auto alone is no reason to be slower."""
    assert decide(AutoRules(), replace(CALM, g_per_kwh=900.0), FULL) is FULL


def test_a_dirty_grid_calls_for_eco_and_leaves_it_only_well_below() -> None:
    """Hysteresis: 300 in, 270 out."""
    eco = decide(CARBON, replace(CALM, g_per_kwh=310.0), FULL)
    assert (eco.mode, eco.since_s) == ("eco", 1000.0)
    later = replace(CALM, now_s=2000.0)
    assert decide(CARBON, replace(later, g_per_kwh=280.0), eco) is eco
    assert decide(CARBON, replace(later, g_per_kwh=260.0), eco).mode == "full"


def test_a_mode_lasts_for_a_while() -> None:
    """A grid that swings does not make the service swing."""
    eco = decide(CARBON, replace(CALM, g_per_kwh=310.0), FULL)
    assert decide(CARBON, replace(CALM, now_s=1200.0, g_per_kwh=100.0), eco) is eco


def test_a_power_budget_comes_before_carbon() -> None:
    """And is left only with room to spare."""
    rules = replace(CARBON, power_budget_w=50.0)
    capped = decide(rules, replace(CALM, power_w=60.0, g_per_kwh=400.0), FULL)
    assert capped.mode == "power_cap"
    later = replace(CALM, now_s=2000.0)
    assert decide(BUDGET, replace(later, power_w=45.0), capped) is capped
    assert decide(BUDGET, replace(later, power_w=30.0), capped).mode == "full"


def test_hours_are_kept() -> None:
    """In UTC."""
    rules = AutoRules(eco_hours_utc=(12, 13))
    assert decide(rules, CALM, FULL).mode == "eco"
    assert decide(rules, replace(CALM, hour_utc=14), FULL) is FULL


def test_latency_near_its_objective_ends_saving_at_once() -> None:
    """Even within the time a mode otherwise lasts."""
    rules = replace(BUDGET, latency_objectives_s={"/search": 0.2})
    capped = Decision("power_cap", "power", 990.0)
    tight = replace(CALM, power_w=60.0, p95_s={"/search": 0.17})
    decision = decide(rules, tight, capped)
    assert decision.mode == "full"
    assert "/search" in decision.reason


objectives = st.dictionaries(st.sampled_from(["/a", "/b"]), st.floats(0.01, 1), min_size=1)


@given(
    objectives,
    st.dictionaries(st.sampled_from(["/a", "/b"]), st.floats(0, 1)),
    st.floats(0, 100),
    st.floats(0, 800),
)
def test_no_mode_is_entered_that_is_known_to_break_an_objective(
    objectives, p95_s, power_w, g_per_kwh
) -> None:
    """Whatever the grid and the budget ask for."""
    rules = AutoRules(300.0, (), 50.0, latency_objectives_s=objectives)
    situation = replace(CALM, power_w=power_w, g_per_kwh=g_per_kwh, p95_s=p95_s)
    decision = decide(rules, situation, FULL)
    if decision.mode != "full":
        factor = rules.slowdown[decision.mode]
        assert all(p95_s.get(name, 0.0) * factor <= limit for name, limit in objectives.items())


def test_duty_comes_down_with_the_excess_and_back_with_slack() -> None:
    """Within bounds, and not at all without a cap."""
    assert steered_duty(1.0, 40.0, 30.0) == pytest.approx(0.75)
    assert steered_duty(1.0, 300.0, 30.0) == pytest.approx(0.5)
    assert steered_duty(0.5, 20.0, 30.0) == pytest.approx(0.55)
    assert steered_duty(0.5, 29.0, 30.0) == pytest.approx(0.5)
    assert steered_duty(0.11, 60.0, 30.0) == LEAST_DUTY
    assert steered_duty(0.3, 60.0, None) == 1.0


def test_an_administrators_choice_survives_a_restart_with_the_same_configuration() -> None:
    """A changed configuration wins."""
    service = ModeService()
    service.configure("full")
    service.choose("eco")
    again = ModeService()
    again.restore(json.loads(json.dumps(service.state())))
    again.configure("full")
    assert again.directive.mode == "eco"
    again.configure("power_cap")
    assert again.directive.mode == "power_cap"


def test_a_directive_carries_the_profile_of_the_mode_in_force() -> None:
    """Replicas know nothing of modes but what they are told."""
    service = ModeService()
    assert service.directive.profile == Profile()
    service.choose("power_cap")
    assert service.directive.profile.model_threads == 1


def test_auto_decides_when_it_looks() -> None:
    """And says why."""
    service = ModeService(rules=CARBON)
    service.choose("auto")
    service.look(replace(CALM, g_per_kwh=400.0), 20.0)
    assert service.directive.mode == "eco"
    assert service.reason.startswith("carbon")


def test_a_cap_in_watts_makes_threads_pause() -> None:
    """Only in the mode that has a cap."""
    service = ModeService(cap_w=30.0)
    service.choose("power_cap")
    service.look(CALM, 60.0)
    assert service.directive.duty == pytest.approx(0.5)
    service.choose("full")
    service.look(CALM, 60.0)
    assert service.directive.duty == 1.0

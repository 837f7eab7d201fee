"""The books of a node: what goes in by the meter comes out by request, endpoint and client."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sustainability.carbon import Intensity
from sustainability.errors import UnknownRequest
from sustainability.metering.kept_requests import KeptRequests
from sustainability.metering.ledger import Tick
from sustainability.metering.messages import Finished, WorkReport
from sustainability.modes.in_force import ModeService
from sustainability.service import EnergyService, Thresholds
from sustainability.sources.readings import NODE
from sustainability.store import BookFile
from sustainability.work import Charges, RequestKey
from tests.unit.sustainability.energy_fakes import key

GRID = Intensity(360.0, "a test")


def report(
    number: int,
    work: dict[RequestKey, float],
    *finished: Finished,
    replica: str = "r1",
    deployment: str = "Embedder",
    node: str = "n1",
    device: dict[str, dict[RequestKey, float]] | None = None,
) -> WorkReport:
    """Work of the second before ``number``."""
    charges = Charges(work, device or {})
    return WorkReport(replica, deployment, node, number, number - 1, number, charges, finished)


def finished(name: RequestKey, ended_s: float, units: float = 1.0, estimate_j: float = 1.0):
    return Finished(name, "picture", units, 0.1, estimate_j, ended_s)


def tick(number: int, energy_j: float, busy_s: float, idle_w: float = 0.0) -> dict[str, Tick]:
    return {NODE: Tick(number - 1, number, energy_j, idle_w, busy_s)}


def run(service: EnergyService, until: int, energy_j: float = 0.0, after: int = 0) -> None:
    """Let ticks pass."""
    for number in range(after + 1, until + 1):
        service.book(tick(number, energy_j, 0.0), GRID, number)


@pytest.fixture
def service() -> EnergyService:
    return EnergyService("n1", ModeService())


def test_a_request_is_charged_for_what_it_caused_everywhere(service: EnergyService) -> None:
    """A plan's encoding on one deployment and searching on another are one sum."""
    plan = key("p", "/agents/plan")
    service.push(report(1, {plan: 1.0}), 1)
    service.push(
        report(1, {plan: 2.0}, finished(plan, 0.9), replica="r2", deployment="HybridSearch"), 1
    )
    service.book(tick(1, 40.0, 4.0), GRID, 1)
    run(service, 6, after=1)
    record = service.kept.get("c", "p")
    assert record.settled
    assert record.cost.energy_j == pytest.approx(30.0)
    assert record.by_deployment_j == pytest.approx({"Embedder": 10.0, "HybridSearch": 20.0})
    assert record.emissions_g == pytest.approx(0.003)
    assert dict(service.accounts.each("endpoint"))["/agents/plan"].energy_j == pytest.approx(30.0)


def test_a_request_settles_two_ticks_after_its_end(service: EnergyService) -> None:
    """Until then its figure may still grow."""
    one = key()
    service.push(report(1, {one: 1.0}, finished(one, 0.9)), 1)
    service.book(tick(1, 10.0, 1.0), GRID, 1)
    run(service, 3, after=1)
    assert not service.kept.get("c", "r").settled
    run(service, 6, after=3)
    assert service.kept.get("c", "r").settled


def test_an_accelerators_joules_come_on_top(service: EnergyService) -> None:
    """By its own counter, shared by its own busy seconds."""
    one = key()
    service.push(report(1, {one: 1.0}, finished(one, 0.9), device={"gpu0": {one: 0.5}}), 1)
    ticks = tick(1, 10.0, 1.0) | {"gpu0": Tick(0, 1, 100.0, 20.0, 0.5)}
    service.book(ticks, GRID, 1)
    run(service, 6, after=1)
    cost = service.kept.get("c", "r").cost
    assert (cost.energy_j, cost.elsewhere_j) == pytest.approx((90.0, 80.0))
    assert service.totals.idle_j == pytest.approx(20.0)


def test_a_report_that_is_sent_again_counts_once(service: EnergyService) -> None:
    """A push whose answer was lost is repeated."""
    one = key()
    for _ in range(3):
        service.push(report(1, {one: 1.0}, finished(one, 0.9)), 1)
    service.book(tick(1, 10.0, 4.0), GRID, 1)
    run(service, 6, after=1)
    assert service.kept.get("c", "r").cost.energy_j == pytest.approx(2.5)
    assert dict(service.accounts.each("endpoint"))["/embed"].requests == 1


def test_work_on_another_node_is_left_to_that_nodes_meter(service: EnergyService) -> None:
    """Its answer was given elsewhere too, so that its units count there."""
    one = key()
    service.push(report(1, {one: 1.0}, finished(one, 0.9), node="n2"), 1)
    service.book(tick(1, 10.0, 1.0), GRID, 1)
    run(service, 6, after=1)
    assert service.totals.requests_j == 0
    assert not dict(service.accounts.each("endpoint"))


def test_a_client_sees_its_own_requests_only(service: EnergyService) -> None:
    """The same id may be another's."""
    service.push(report(1, {key("x", client="a"): 1.0}), 1)
    with pytest.raises(UnknownRequest):
        service.kept.get("b", "x")


def test_requests_are_forgotten_by_age_and_number() -> None:
    """The newest are kept."""
    kept = KeptRequests(max_kept=2, kept_s=10.0)
    for number in range(4):
        kept.of(key(str(number)), number)
    kept.forget(4)
    assert len(kept) == 2
    kept.forget(12.5)
    assert len(kept) == 1
    with pytest.raises(UnknownRequest):
        kept.get("c", "2")


def test_an_id_that_is_used_again_adds_up(service: EnergyService) -> None:
    """And the estimator learns from each use once."""
    one = key()
    for number in (1, 10):
        service.push(report(number, {one: 1.0}, finished(one, number - 0.5, 1.0, 10.0)), number)
        service.book(tick(number, 10.0, 1.0), GRID, number)
        run(service, number + 6, after=number)
    assert service.kept.get("c", "r").cost.energy_j == pytest.approx(20.0)
    assert service.estimator.settled_j == pytest.approx(20.0)
    assert service.estimator.bias_ratio == pytest.approx(1.0)


def test_coefficients_come_back_with_the_next_push(service: EnergyService) -> None:
    """Learnt from a settled request: half a CPU second a unit at 10 J."""
    one = key()
    service.push(report(1, {one: 1.0}, finished(one, 0.9, units=2.0)), 1)
    service.book(tick(1, 10.0, 1.0), GRID, 1)
    run(service, 6, after=1)
    reply = service.push(report(7, {}), 7)
    assert reply.coefficients.energy_j("/embed", "picture", 4.0) == pytest.approx(20.0)
    assert reply.coefficients.intensity_g_per_kwh == 360.0


def test_modes_have_books_of_their_own(service: EnergyService) -> None:
    """So that a saving is measured and not claimed."""
    one = key()
    service.push(report(1, {one: 1.0}, finished(one, 0.9)), 1)
    service.book(tick(1, 10.0, 1.0), GRID, 1)
    run(service, 6, after=1)
    service.modes.choose("eco")
    service.push(report(7, {one: 1.0}, finished(one, 6.9)), 7)
    service.book(tick(7, 4.0, 1.0), GRID, 7)
    run(service, 12, after=7)
    modes = dict(service.accounts.each("mode"))
    assert modes["full /embed"].energy_j == pytest.approx(10.0)
    assert modes["eco /embed"].energy_j == pytest.approx(4.0)


def test_thresholds_warn_and_power_falls_silent_again() -> None:
    """By what was passed."""
    service = EnergyService("n1", ModeService(), thresholds=Thresholds(power_w=50.0, request_j=5.0))
    one = key()
    service.push(report(1, {one: 1.0}, finished(one, 0.9)), 1)
    service.book(tick(1, 90.0, 1.0), GRID, 1)
    assert set(service.warnings) == {"power"}
    run(service, 6, after=1)
    assert set(service.warnings) == {"request /embed"}


def test_books_survive_a_restart(service: EnergyService, tmp_path: Path) -> None:
    """Totals, accounts, coefficients and the mode, through the file."""
    one = key()
    service.modes.choose("eco")
    service.push(report(1, {one: 1.0}, finished(one, 0.9)), 1)
    service.book(tick(1, 10.0, 1.0), GRID, 1)
    run(service, 6, after=1)
    file = BookFile(tmp_path / "energy.sqlite")
    file.write(service.page({}))
    file.write(service.page({}))
    file.close()
    again = EnergyService("n1", ModeService())
    again.restore(BookFile(tmp_path / "energy.sqlite").load())
    assert again.totals == service.totals
    assert dict(again.accounts.each("client")) == dict(service.accounts.each("client"))
    assert again.modes.directive == service.modes.directive
    assert again.estimator.coefficients(1.0) == service.estimator.coefficients(1.0)


def test_a_file_without_books_changes_nothing(service: EnergyService, tmp_path: Path) -> None:
    """The first start."""
    service.restore(BookFile(tmp_path / "new.sqlite").load())
    assert service.totals.measured_j == 0


names = st.sampled_from([key(n, e, c) for n in "xy" for e in ("/embed", "/search") for c in "ab"])
pushes = st.lists(
    st.tuples(st.sampled_from(["r1", "r2", "r3"]), names, st.floats(0, 2), st.booleans()),
    max_size=12,
)
ticks = st.lists(st.tuples(st.floats(0, 500), st.floats(0, 4), pushes), min_size=1, max_size=12)


@given(ticks)
def test_every_breakdown_adds_up_to_what_was_measured(ticks) -> None:
    """By part, endpoint, client, deployment and mode, to 1e-9."""
    service, measured_j = EnergyService("n1", ModeService()), 0.0
    for number, (energy_j, busy_s, pushed) in enumerate(ticks, 1):
        for replica, name, seconds, ends in pushed:
            ended = (finished(name, number),) if ends else ()
            service.push(
                WorkReport(
                    replica,
                    replica,
                    "n1",
                    number,
                    number - 1,
                    number,
                    Charges({name: seconds}),
                    ended,
                ),
                number,
            )
        service.book(tick(number, energy_j, busy_s, idle_w=5.0), GRID, number)
        measured_j += energy_j
    run(service, len(ticks) + 6, after=len(ticks))
    totals = service.totals
    assert totals.measured_j == pytest.approx(measured_j, rel=1e-9, abs=1e-9)
    assert totals.conservation_error_j == pytest.approx(0, abs=1e-9 * max(1.0, measured_j))
    for kind in ("endpoint", "client", "deployment", "mode"):
        sum_j = sum(account.energy_j for _, account in service.accounts.each(kind))
        assert sum_j == pytest.approx(totals.requests_j, rel=1e-9, abs=1e-9)
    assert service.unsettled_j == 0

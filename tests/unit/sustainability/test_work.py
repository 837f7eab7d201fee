"""Every CPU second of a process is given away once."""

import contextvars
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sustainability import work
from sustainability.work import WorkAccount, attributed_work, not_working
from tests.unit.sustainability.energy_fakes import Dial, key

A, B, C = key("a"), key("b"), key("c")


@pytest.fixture
def cpu() -> Dial:
    return Dial()


@pytest.fixture
def thread_cpu(monkeypatch: pytest.MonkeyPatch) -> Dial:
    dial = Dial()
    monkeypatch.setattr(work, "thread_clock", lambda: dial)
    return dial


def test_requests_at_work_together_share_equally(cpu: Dial) -> None:
    """One second alone, then two between two."""
    account = WorkAccount(cpu)
    with account.span(A):
        cpu.turn(1)
        with account.span(B):
            cpu.turn(2)
    assert account.drain().cpu_s == pytest.approx({A: 2, B: 1})


def test_seconds_without_a_request_are_nobodys(cpu: Dial) -> None:
    """They are overhead, not a gift to the next request."""
    account = WorkAccount(cpu)
    cpu.turn(5)
    with account.span(A):
        cpu.turn(1)
    charges = account.drain()
    assert charges.cpu_s == pytest.approx({A: 1})
    assert charges.unshared_cpu_s == pytest.approx(5)


def test_a_request_that_waits_for_another_deployment_costs_nothing_here(cpu: Dial) -> None:
    """A plan that waits is not charged for the embeddings that pass by."""
    account = WorkAccount(cpu)
    other_waiting = account.enter(B)
    with account.span(A), not_working():
        other = account.enter(C)
        cpu.turn(4)
        account.leave(other)
        account.leave(other_waiting)
        cpu.turn(1)
    assert account.drain().cpu_s == pytest.approx({A: 1, B: 2, C: 2})


def test_work_that_outlives_its_call_is_the_same_requests(cpu: Dial) -> None:
    """A run that goes on after its first events were answered."""
    account = WorkAccount(cpu)
    with account.span(A):
        context = contextvars.copy_context()
    cpu.turn(1)

    def later() -> None:
        with attributed_work():
            cpu.turn(2)

    context.run(later)
    charges = account.drain()
    assert charges.cpu_s == pytest.approx({A: 2})
    assert charges.unshared_cpu_s == pytest.approx(1)


def test_calls_side_by_side_wait_until_the_last_is_back(cpu: Dial) -> None:
    """The first answer does not end the waiting."""
    account = WorkAccount(cpu)
    busy = account.enter(B)
    with account.span(A):
        with not_working():
            with not_working():
                cpu.turn(1)
            cpu.turn(1)
        cpu.turn(2)
    account.leave(busy)
    assert account.drain().cpu_s == pytest.approx({A: 1, B: 3})


def test_a_batch_is_split_by_cost_and_is_not_shared_again(cpu: Dial, thread_cpu: Dial) -> None:
    """Three of four seconds are the model thread's, 2:1 between its members."""
    account = WorkAccount(cpu)
    with account.span(C), account.thread_work([(A, 2.0), (B, 1.0)]):
        thread_cpu.turn(3)
        cpu.turn(4)
    assert account.drain().cpu_s == pytest.approx({A: 2, B: 1, C: 1})


def test_a_batch_that_still_runs_is_charged_so_far(cpu: Dial, thread_cpu: Dial) -> None:
    """A long forward pass does not turn up in the wrong tick."""
    account = WorkAccount(cpu)
    with account.thread_work([(A, 1.0)]):
        cpu.turn(2)
        thread_cpu.turn(2)
        assert account.drain().cpu_s == pytest.approx({A: 2})
        cpu.turn(1)
        thread_cpu.turn(1)
    assert account.drain().cpu_s == pytest.approx({A: 1})


def test_a_member_without_a_request_is_overhead(cpu: Dial, thread_cpu: Dial) -> None:
    """As the warm-up and health checks are."""
    account = WorkAccount(cpu)
    with account.thread_work([(A, 1.0), (None, 1.0)]):
        cpu.turn(2)
        thread_cpu.turn(2)
    charges = account.drain()
    assert charges.cpu_s == pytest.approx({A: 1})
    assert charges.unshared_cpu_s == pytest.approx(1)


def test_an_accelerators_seconds_are_kept_apart(cpu: Dial) -> None:
    """They are matched with its own counter."""
    account = WorkAccount(cpu)
    account.charge_device("gpu0", [(A, 3.0), (B, 1.0)], 2.0)
    assert account.drain().device_s == {"gpu0": pytest.approx({A: 1.5, B: 0.5})}


def test_a_threads_clock_can_be_read_by_another() -> None:
    """Or, where the system cannot, it stands still rather than tell another thread's time."""
    clocks, done, go = [], threading.Event(), threading.Event()

    def run() -> None:
        clocks.append(work.thread_clock())
        sum(range(200_000))
        clocks[0]()
        done.set()
        go.wait()

    thread = threading.Thread(target=run)
    thread.start()
    done.wait()
    first_s = clocks[0]()
    sum(range(2_000_000))
    assert clocks[0]() - first_s < 0.01
    go.set()
    thread.join()


steps = st.lists(
    st.tuples(
        st.sampled_from(["enter", "leave", "wait", "back", "drain"]),
        st.integers(0, 4),
        st.floats(0, 10),
    ),
    max_size=60,
)


@given(steps)
def test_all_seconds_are_given_away_once(steps) -> None:
    """Against the obvious version: at each moment, equally among those who count."""
    cpu = Dial()
    account, spans, resting = WorkAccount(cpu), {}, set()
    expected: dict = {}
    given_s: dict = {}
    unshared_s = expected_unshared_s = 0.0

    def drain() -> None:
        nonlocal unshared_s
        charges = account.drain()
        unshared_s += charges.unshared_cpu_s
        for name, seconds in charges.cpu_s.items():
            given_s[name] = given_s.get(name, 0.0) + seconds

    for action, number, seconds in steps:
        cpu.turn(seconds)
        counted = [n for n in spans if n not in resting] or list(spans)
        for n in counted:
            name = key(str(n))
            expected[name] = expected.get(name, 0.0) + seconds / len(counted)
        expected_unshared_s += 0.0 if counted else seconds
        if action == "enter" and number not in spans:
            spans[number] = account.enter(key(str(number)))
        elif action == "leave" and number in spans:
            account.leave(spans.pop(number))
            resting.discard(number)
        elif action == "wait" and number in spans:
            account.move(spans[number], True)
            resting.add(number)
        elif action == "back" and number in resting:
            account.move(spans[number], False)
            resting.discard(number)
        elif action == "drain":
            drain()
    for span in spans.values():
        account.leave(span)
    drain()
    assert unshared_s == pytest.approx(expected_unshared_s, abs=1e-9)
    for name, seconds in expected.items():
        assert given_s.get(name, 0.0) == pytest.approx(seconds, abs=1e-9)

"""Tests of the rules for `promtool test rules`: traffic that must call somebody, and not.

Expectations come from the objectives, not from the rules: a factor or a window that is wrong
there makes these fail.
"""

from collections.abc import Iterator
from typing import Any

from reliability.slo.export import names
from reliability.slo.export.prometheus_rules import GROUPS, alert_name, duration, policies
from reliability.slo.objectives import MINUTE_S, BurnAlert, Objective, Objectives

Test = dict[str, Any]

VALID_PER_STEP = 100_000
NEAR = 0.9
"""How near to its factor an alert must tell burn rates apart: a tenth on either side."""
FEW = 9
"""Bad requests that are too few for a page."""


def promtool_tests(objectives: Objectives, rule_file: str) -> dict[str, dict[str, Any]]:
    """Return promtool test files by name: one for each alert policy, one for the figures.

    A file has one evaluation interval; each is as long as its policy's short window, since
    evaluating three days every thirty seconds takes minutes.
    """
    return {
        **{
            alert.name: _file(rule_file, alert.short_s, list(_burns(alert, asking)))
            for alert, asking in policies(objectives).items()
        },
        "figures": _file(rule_file, 5 * MINUTE_S, list(_watched(objectives))),
    }


def _file(rule_file: str, interval_s: int, tests: list[Test]) -> dict[str, Any]:
    return {
        "rule_files": [rule_file],
        "evaluation_interval": duration(interval_s),
        "group_eval_order": list(GROUPS),
        "tests": tests,
    }


def _burns(alert: BurnAlert, asking: list[Objective]) -> Iterator[Test]:
    # What differs between objectives is their budget; one of each is enough.
    by_budget = {objective.budget: objective for objective in reversed(asking)}
    for objective in sorted(by_budget.values(), key=lambda o: o.budget):
        yield _burning(objective, alert)
        yield _not_quite(objective, alert)
        yield _half_as_long(objective, alert)
    yield _over(asking[0], alert)
    if alert.least_bad > FEW:
        yield _few(asking[0], alert)


def _burning(objective: Objective, alert: BurnAlert) -> Test:
    """A little faster than the factor, for just as long as the long window, after quiet days.

    Were the window of the rule longer, the quiet before it would hide the failures.
    """
    # At 14.4 and 95 % there is little room between the factor and nothing but failures.
    highest = (1.0 / objective.budget + alert.factor) / 2
    return _burnt(objective, alert, min(alert.factor / NEAR, highest), 1.0, fires=True)


def _not_quite(objective: Objective, alert: BurnAlert) -> Test:
    """A little slower than the factor."""
    return _burnt(objective, alert, alert.factor * NEAR, 1.0, fires=False)


def _half_as_long(objective: Objective, alert: BurnAlert) -> Test:
    """Faster than the factor, but only for the last half of the long window; bad times before.

    Were the window of the rule shorter, it would see failures only; were failures counted over
    a longer one than requests, the bad times would still be there.
    """
    burn = min(alert.factor * 2 * NEAR, 1.0 / objective.budget)
    return _burnt(objective, alert, burn, 0.5, fires=False, before=VALID_PER_STEP)


def _burnt(
    objective: Objective,
    alert: BurnAlert,
    burn: float,
    share: float,
    fires: bool,
    before: int = 0,
) -> Test:
    """``before`` failures a step for a long window; in the next its last ``share`` burns."""
    bad = round(burn * objective.budget * VALID_PER_STEP)
    step_s = _step_s(alert)
    whole = alert.long_s // step_s
    steps = round(whole * share)
    then = before * whole
    quiet = f"{then}x{whole - steps - 1} " if steps < whole else ""
    reached, window = bad / VALID_PER_STEP / objective.budget, names.window_name(alert.long_s)
    return {
        "name": f"{objective.name} burns at {reached:.3g} for {share:g} of {window}",
        "interval": duration(step_s),
        "input_series": _series(
            objective,
            f"0+{before}x{whole} {quiet}{then + bad}+{bad}x{steps - 1}",
            f"0+{VALID_PER_STEP}x{2 * whole}",
        ),
        "promql_expr_test": [
            {
                "expr": _query(f'alertname="{alert_name(alert)}"'),
                "eval_time": _time(2 * alert.long_s),
                "exp_samples": [_sample(alert, objective)] if fires else [],
            }
        ],
    }


def _over(objective: Objective, alert: BurnAlert) -> Test:
    """A burst that is over: the long window still remembers it, the short one does not."""
    step_s = _step_s(alert)
    before = (alert.long_s - alert.short_s) // step_s
    after = 2 * alert.short_s // step_s
    bad = f"0+{VALID_PER_STEP}x{before} {VALID_PER_STEP * before}x{after}"
    query = _query(f'alertname="{alert_name(alert)}"')
    burning, ended = alert.long_s - alert.short_s, alert.long_s + alert.short_s
    expected = [_sample(alert, objective)]
    return {
        "name": f"{objective.name}: {alert.name} ends with the burst",
        "interval": duration(step_s),
        "input_series": _series(objective, bad, f"0+{VALID_PER_STEP}x{before + after}"),
        "promql_expr_test": [
            {"expr": query, "eval_time": _time(burning), "exp_samples": expected},
            {"expr": query, "eval_time": _time(ended), "exp_samples": []},
        ],
    }


def _few(objective: Objective, alert: BurnAlert) -> Test:
    """Every request fails, but they are few: a ticket, no page."""
    step_s = _step_s(alert)
    steps = alert.long_s // step_s
    # One after the other up to the end, so that both windows see nothing but failures.
    counts = [max(0, FEW - (steps - at)) for at in range(steps + 1)]
    series = " ".join(str(count) for count in counts)
    return {
        "name": f"{objective.name}: {FEW} failures are no {alert.name}",
        "interval": duration(step_s),
        "input_series": _series(objective, series, series),
        "promql_expr_test": [
            {
                "expr": _query('severity="page"'),
                "eval_time": _time(alert.long_s),
                "exp_samples": [],
            },
            {
                "expr": f"{names.burn_rate(names.window_name(alert.long_s))} > {alert.factor:g}",
                "eval_time": _time(alert.long_s),
                "exp_samples": [
                    {"labels": _burn_labels(objective, alert), "value": 1 / objective.budget}
                ],
            },
        ],
    }


def _watched(objectives: Objectives) -> Iterator[Test]:
    first = objectives.all[0]
    others = [objective.name for objective in objectives.all[1:]]
    yield {
        "name": "no figures at all call somebody after five minutes",
        "interval": "1m",
        "input_series": [],
        "promql_expr_test": [
            _by_name(0, []),
            _by_name(10, ["BrainwavFiguresAbsent"]),
        ],
    }
    yield {
        "name": "a service without traffic is silent",
        "interval": "1m",
        "input_series": [s for o in objectives for s in _series(o, "0x120", "0x120")],
        "promql_expr_test": [_by_name(120, [])],
    }
    yield {
        "name": "a counter that begins again is no failure",
        "interval": "1m",
        "input_series": [
            *_series(first, "0+1x59 0+1x60", "0+1000000x59 0+1000000x60"),
            *(s for o in objectives.all[1:] for s in _series(o, "0x120", "0x120")),
        ],
        "promql_expr_test": [_by_name(120, [])],
    }
    yield {
        "name": "an objective that the service does not know is told",
        "interval": "1m",
        "input_series": _series(first, "0x30", "0+10x30"),
        "promql_expr_test": [
            {
                "expr": 'count by (objective) (ALERTS{alertstate="firing"})',
                "eval_time": "30m",
                "exp_samples": [{"labels": f'{{objective="{o}"}}', "value": 1} for o in others],
            }
        ],
    }
    yield {
        "name": "a replica that does not report is told",
        "interval": "1m",
        "input_series": [
            *(s for o in objectives for s in _series(o, "0x30", "0x30")),
            {"series": "brainwav_snapshot_age_seconds", "values": "1x10 31+60x20"},
        ],
        "promql_expr_test": [_by_name(10, []), _by_name(30, ["BrainwavFiguresStale"])],
    }
    yield {
        "name": "a job that is not done within six hours is told, one that ends is not",
        "interval": "1m",
        "input_series": [
            *(s for o in objectives for s in _series(o, "0x60", "0x60")),
            {"series": "brainwav_jobs_oldest_seconds", "values": "21000+60x30 0x30"},
        ],
        "promql_expr_test": [
            _by_name(8, []),
            _by_name(30, ["BrainwavJobsWait"]),
            _by_name(40, []),
        ],
    }


def _step_s(alert: BurnAlert) -> int:
    return alert.short_s // 5


def _series(objective: Objective, bad: str, valid: str) -> list[dict[str, str]]:
    label = f'{{objective="{objective.name}"}}'
    return [
        {"series": names.BAD + label, "values": bad},
        {"series": names.VALID + label, "values": valid},
    ]


def _query(selector: str) -> str:
    return f'count by (alertname, objective) (ALERTS{{alertstate="firing", {selector}}})'


def _sample(alert: BurnAlert, objective: Objective) -> dict[str, Any]:
    labels = f'{{alertname="{alert_name(alert)}", objective="{objective.name}"}}'
    return {"labels": labels, "value": 1}


def _by_name(minute: int, alerts: list[str]) -> dict[str, Any]:
    return {
        "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
        "eval_time": f"{minute}m",
        "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in alerts],
    }


def _burn_labels(objective: Objective, alert: BurnAlert) -> str:
    name = names.burn_rate(names.window_name(alert.long_s))
    route = objective.route
    return (
        f'{name}{{objective="{objective.name}", service="{objective.service}", '
        f'method="{route.method}", endpoint="{route.endpoint}", kind="{objective.kind}"}}'
    )


def _time(seconds: int) -> str:
    return f"{seconds // MINUTE_S}m"

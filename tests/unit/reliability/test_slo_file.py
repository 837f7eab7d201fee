"""The objective file: what ships, and what is refused with its place."""

import pytest
import yaml

from api.access.route_rules import RULES
from reliability.errors import ObjectiveFileError
from reliability.slo.file import FILE, load_objectives, parse_objectives
from reliability.slo.objectives import Route

WITHOUT = {
    ("GET", "/v1/models/{model_id}"): "one row of GET /v1/models, read in the same way",
    ("POST", "/rank"): "a few lines after the encoder, whose promise is that of POST /embed",
    ("PATCH", "/documents/{document_id}"): "a write of one row; PUT /documents promises for both",
    ("POST", "/documents/delete"): "as long as what is deleted is much; done now and then",
    ("GET", "/namespaces/{namespace}"): "figures that are looked at now and then",
    ("GET", "/namespaces/{namespace}/map"): "drawn once a version, for people who look at it",
    ("DELETE", "/namespaces/{namespace}"): "done now and then; takes no longer than a write",
    ("POST", "/search/batch"): "as long as its searches are many; each is one of POST /search",
    ("GET", "/suggest"): "part of a search, whose promise is that of POST /search",
    ("GET", "/"): "a page for people",
    ("GET", "/docs"): "a page for people",
    ("GET", "/openapi.json"): "a document for people and generators",
    ("GET", "/namespaces/{namespace}/settings"): "a setting that is looked at now and then",
    ("PUT", "/namespaces/{namespace}/settings"): "done now and then; takes no longer than a write",
    ("GET", "/limits"): "a list that an administrator looks at now and then",
    ("GET", "/logs/{request_id}"): "as long as there are log files; looked at now and then",
    ("GET", "/slo/history"): "figures that are looked at now and then",
    ("GET", "/audit"): "a record that is looked at now and then",
    ("GET", "/jobs"): "a list that is looked at now and then",
    ("GET", "/jobs/{job_id}"): "one row and its failures, asked while nobody is held up",
    ("DELETE", "/jobs/{job_id}"): "done now and then; what it ends was promised to nobody",
    ("GET", "/quota"): "a figure that is looked at now and then",
    ("PUT", "/sustainability/mode"): "an administrator's switch, now and then",
}
"""Routes that promise nothing, and why."""

SMALL = """
apiVersion: openslo/v1
kind: DataSource
metadata: {name: requests}
spec: {type: brainwav}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: search}
spec: {}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: pager}
spec: {target: page}
---
apiVersion: openslo/v1
kind: AlertCondition
metadata:
  name: fast
  annotations: {brainwav/short-window: 5m, brainwav/least-bad-requests: "10"}
spec:
  severity: page
  condition: {kind: burnrate, op: gt, threshold: 14.4, lookbackWindow: 1h, alertAfter: 2m}
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: page}
spec:
  alertWhenBreaching: true
  conditions: [{conditionRef: fast}]
  notificationTargets: [{targetRef: pager}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: search-availability}
spec:
  service: search
  indicator:
    metadata: {name: search-failures}
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource:
            metricSourceRef: requests
            spec: {route: POST /search, events: failed}
        total:
          metricSource:
            metricSourceRef: requests
            spec: {route: POST /search, events: valid}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.999}]
  alertPolicies: [{alertPolicyRef: page}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: search-energy}
spec:
  service: search
  indicator:
    metadata: {name: search-joules}
    spec:
      thresholdMetric:
        metricSource: {metricSourceRef: requests, spec: {route: POST /search, measure: energy_j}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{op: lte, value: 2, targetPercent: 95}]
"""
SEARCH = "small.yaml: document 6 (SLO search-availability): "
ENERGY = "small.yaml: document 7 (SLO search-energy): "


def test_every_route_of_the_contract_has_an_objective_or_a_reason() -> None:
    """A new route cannot be forgotten; every objective's route exists."""
    promised = {(r.method, r.endpoint) for r in load_objectives().by_route}
    assert promised | set(WITHOUT) == set(RULES)
    assert not promised & set(WITHOUT)


@pytest.mark.parametrize(
    ("endpoint", "seconds", "target"),
    [
        ("/health", 0.010, 0.9999),
        ("/health/ready", 0.020, 0.999),
        ("/health/live", 0.005, 0.9999),
        ("/metrics", 0.050, 0.999),
    ],
)
def test_the_contract_s_own_objectives_are_in_the_file(
    endpoint: str, seconds: float, target: float
) -> None:
    """P95 below so many seconds, and that share answered."""
    kinds = load_objectives().by_route[Route("GET", endpoint)]
    assert (kinds["latency"].most, kinds["latency"].target) == (seconds, 0.95)
    assert kinds["availability"].target == target


def test_every_objective_that_ships_pages_and_tickets() -> None:
    """None is only looked at."""
    shipped = list(load_objectives())
    assert shipped
    for objective in shipped:
        assert {alert.severity for alert in objective.alerts} == {"page", "ticket"}


def test_the_workbook_s_alerts_take_the_shares_of_the_budget_they_say() -> None:
    """2, 5, 10 and 10 % of 30 days."""
    objective = load_objectives().all[0]
    shares = [alert.budget_share(objective.window_s) for alert in objective.alerts]
    assert shares == pytest.approx([0.02, 0.05, 0.10, 0.10])


def test_thresholds_are_bounds_for_histograms() -> None:
    """Each once, ascending."""
    assert load_objectives().latency_thresholds_s()[:4] == (0.005, 0.01, 0.02, 0.05)


def test_a_small_file_is_read_in_full() -> None:
    """Every field reaches the objective."""
    availability, energy = parse_objectives(SMALL, "small.yaml")
    assert (availability.kind, availability.target, availability.most) == (
        "availability",
        0.999,
        None,
    )
    assert availability.budget == 0.001
    assert str(availability.route) == "POST /search"
    (alert,) = availability.alerts
    assert (alert.severity, alert.factor, alert.long_s, alert.short_s) == ("page", 14.4, 3600, 300)
    assert (alert.for_s, alert.least_bad) == (120, 10)
    assert (energy.kind, energy.target, energy.most, energy.alerts) == ("energy", 0.95, 2.0, ())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("target: 0.999", "target: 0.9", SEARCH + "spec.alertPolicies.0: page can never fire"),
        ("threshold: 14.4", "threshold: 1000", "the highest there is is 1000"),
        ("target: 0.999", "target: 1.0", SEARCH + "spec.objectives.0.target"),
        ("target: 0.999", "target: 0.999, targetPercent: 99.9", "either target or targetPercent"),
        ("target: 0.999", "target: 0.999, value: 3, op: lte", "belong to a thresholdMetric"),
        ("op: lte, value: 2,", "", ENERGY + "spec.objectives.0: a thresholdMetric needs op"),
        ("value: 2", "value: 0", ENERGY + "spec.objectives.0.value"),
        ("value: 2", "value: .nan", ENERGY + "spec.objectives.0.value"),
        ("measure: energy_j", "measure: watts", "metricSource.spec.measure"),
        ("alertPolicyRef: page", "alertPolicyRef: pge", "there is no AlertPolicy pge"),
        ("conditionRef: fast", "conditionRef: slow", "there is no AlertCondition slow"),
        ("targetRef: pager", "targetRef: phone", "there is no AlertNotificationTarget phone"),
        ("service: search", "service: serch", "spec.service: there is no Service serch"),
        ("metricSourceRef: requests", "metricSourceRef: other", "there is no DataSource other"),
        ("severity: page", "severity: ticket", "pager takes no ticket"),
        ("short-window: 5m", "short-window: 2h", "is not the shorter"),
        ("short-window: 5m", "shrt-window: 5m", "needs brainwav/short-window"),
        ('requests: "10"', 'requests: "0"', "is a whole number from 1"),
        ("lookbackWindow: 1h", "lookbackWindow: 31d", "looks back further than the window"),
        ("duration: 30d", "duration: 36h", "whole days"),
        ("duration: 30d", "duration: 1M", "spec.timeWindow.0.duration"),
        ("isRolling: true", "isRolling: false", "spec.timeWindow.0.isRolling"),
        ("budgetingMethod: Occurrences", "budgetingMethod: Timeslices", "spec.budgetingMethod"),
        ("budgetingMethod", "budgetingMetod", "spec.budgetingMethod"),
        ("kind: Service", "kind: Servce", "document 2: kind: 'Servce' is none of"),
        ("openslo/v1", "openslo/v1alpha", "document 1 (DataSource requests): apiVersion"),
        ("name: search-energy", "name: Search Energy", "metadata.name"),
        ("name: search-energy", "name: search-availability", "has this name"),
        ("kind: Service", "kind: Service\nkind: Service", "the key 'kind' stands twice"),
        ("events: valid", "events: failed", "total valid ones"),
        ("alertPolicyRef: page}", "alertPolicyRef: page}, {alertPolicyRef: page}", "twice"),
        ("kind: DataSource", "kind: [", "small.yaml: "),
    ],
)
def test_nonsense_is_refused_with_its_place(old: str, new: str, message: str) -> None:
    """The first occurrence changed, the error says which document and which key."""
    assert old in SMALL
    with pytest.raises(ObjectiveFileError) as refusal:
        parse_objectives(SMALL.replace(old, new, 1), "small.yaml")
    assert message in str(refusal.value)


def test_one_objective_of_a_kind_for_a_route() -> None:
    """Two would make two answers to one question."""
    slo = SMALL.rsplit("---", 1)[1].replace("search-energy", "search-energy-again")
    with pytest.raises(ObjectiveFileError, match="search-energy is energy of POST /search already"):
        parse_objectives(SMALL + "---" + slo, "small.yaml")


def test_one_window_for_a_route() -> None:
    """The budget's counts are kept over one window a route."""
    text = SMALL[::-1].replace("d03 :noitarud", "d7 :noitarud", 1)[::-1]
    with pytest.raises(ObjectiveFileError, match="POST /search has another window"):
        parse_objectives(text, "small.yaml")


def test_an_alert_at_the_very_limit_cannot_fire_either() -> None:
    """All requests bad is a burn rate of exactly 1/(1-t), and that is not above the factor."""
    text = SMALL.replace("threshold: 14.4", "threshold: 1000", 1)
    with pytest.raises(ObjectiveFileError, match="can never fire"):
        parse_objectives(text, "small.yaml")
    parse_objectives(SMALL.replace("threshold: 14.4", "threshold: 999", 1), "small.yaml")


def test_a_file_without_objectives_or_that_is_not_there_is_refused() -> None:
    """Neither means that nothing is promised."""
    with pytest.raises(ObjectiveFileError, match="holds no SLO"):
        parse_objectives(SMALL.split("---")[0], "small.yaml")
    with pytest.raises(ObjectiveFileError, match="no-such"):
        load_objectives(FILE.with_name("no-such.yaml"))


def test_the_file_is_plain_openslo() -> None:
    """Every document has OpenSLO's four keys, so that its other tools can read the file."""
    documents = list(yaml.safe_load_all(FILE.read_text()))
    assert documents
    for document in documents:
        assert set(document) == {"apiVersion", "kind", "metadata", "spec"}
        assert document["apiVersion"] == "openslo/v1"

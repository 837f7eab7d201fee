"""Reads the objective file and refuses one that promises nonsense, with the place of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, TypeVar

import yaml
from pydantic import ValidationError

from reliability.errors import ObjectiveFileError
from reliability.slo import schema
from reliability.slo.objectives import DAY_S, BurnAlert, Objective, ObjectiveKind, Objectives, Route

FILE = Path(__file__).parents[1] / "slos.yaml"
"""The objectives that the service ships with."""
SHORT_WINDOW = "brainwav/short-window"
LEAST_BAD = "brainwav/least-bad-requests"
"""Annotations of an alert condition: OpenSLO v1 knows one window and no traffic floor."""
KIND_OF_MEASURE: dict[str, ObjectiveKind] = {
    "latency_s": "latency",
    "energy_j": "energy",
    "carbon_g": "carbon",
}

_D = TypeVar("_D", bound=schema.OpenSloObject)


def load_objectives(path: Path = FILE) -> Objectives:
    """Return the objectives of a file.

    Raises:
        ObjectiveFileError: Not readable, not OpenSLO v1 as ``slo_schema`` takes it, names that
            lead nowhere, two objectives of a kind for one route, or an alert that can never
            fire. The message names file, document and key.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ObjectiveFileError(f"{path}: {error}") from None
    return parse_objectives(text, path.name)


def parse_objectives(text: str, name: str) -> Objectives:
    """Return the objectives of a file's text; ``name`` is what errors call it."""
    return Objectives(tuple(_File(name, text).objectives()))


class _File:
    """The documents of one file, by kind and name."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._documents: dict[tuple[str, str], schema.OpenSloObject] = {}
        self._places: dict[tuple[str, str], str] = {}
        try:
            raw = list(yaml.load_all(text, _UniqueKeys))
        except yaml.YAMLError as error:
            raise ObjectiveFileError(f"{name}: {error}") from None
        for number, document in enumerate(raw, 1):
            self._add(number, document)

    def objectives(self) -> Iterator[Objective]:
        """Yield every SLO, checked against the others and against its alerts."""
        seen: dict[tuple[Route, ObjectiveKind], str] = {}
        window_s: dict[Route, int] = {}
        found = [d for d in self._documents.values() if isinstance(d, schema.Slo)]
        if not found:
            raise ObjectiveFileError(f"{self._name}: holds no SLO")
        for slo in found:
            objective = self._objective(slo)
            key = (objective.route, objective.kind)
            if key in seen:
                self._refuse(slo, "spec.indicator", f"{seen[key]} is {key[1]} of {key[0]} already")
            seen[key] = objective.name
            if window_s.setdefault(objective.route, objective.window_s) != objective.window_s:
                self._refuse(slo, "spec.timeWindow", f"{objective.route} has another window")
            yield objective

    def _add(self, number: int, raw: object) -> None:
        kind = raw.get("kind") if isinstance(raw, dict) else None
        if not isinstance(kind, str) or kind not in schema.KINDS:
            known = ", ".join(schema.KINDS)
            raise ObjectiveFileError(
                f"{self._name}: document {number}: kind: {kind!r} is none of {known}"
            )
        place = f"{self._name}: document {number} ({kind} {_name_of(raw)})"
        try:
            document = schema.KINDS[kind].model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ObjectiveFileError(f"{place}: {where}: {first['msg']}") from None
        key = (kind, document.metadata.name)
        if key in self._documents:
            raise ObjectiveFileError(f"{place}: metadata.name: {self._places[key]} has this name")
        self._documents[key], self._places[key] = document, place

    def _objective(self, slo: schema.Slo) -> Objective:
        spec, target = slo.spec, slo.spec.objectives[0]
        self._find(schema.OpenSloService, spec.service, slo, "spec.service")
        route, kind = self._measured(slo)
        window_s = schema.seconds(spec.timeWindow[0].duration)
        if window_s % DAY_S:
            self._refuse(slo, "spec.timeWindow.0.duration", "is whole days or weeks")
        most = self._most(slo, target, kind)
        objective = Objective(
            name=slo.metadata.name,
            title=slo.metadata.displayName or slo.metadata.name,
            service=spec.service,
            route=route,
            kind=kind,
            target=self._target(slo, target),
            most=most,
            window_s=window_s,
            alerts=tuple(self._alerts(slo)),
        )
        self._check_alerts(slo, objective)
        return objective

    def _measured(self, slo: schema.Slo) -> tuple[Route, ObjectiveKind]:
        indicator = slo.spec.indicator.spec
        place = "spec.indicator.spec"
        if (indicator.ratioMetric is None) == (indicator.thresholdMetric is None):
            self._refuse(slo, place, "needs either ratioMetric or thresholdMetric")
        if indicator.thresholdMetric is not None:
            source = indicator.thresholdMetric.metricSource
            self._find(schema.DataSource, source.metricSourceRef, slo, place)
            return _route(source.spec.route), KIND_OF_MEASURE[source.spec.measure]
        assert indicator.ratioMetric is not None
        bad = indicator.ratioMetric.bad.metricSource
        total = indicator.ratioMetric.total.metricSource
        for source in (bad, total):
            self._find(schema.DataSource, source.metricSourceRef, slo, place)
        if (bad.spec.events, total.spec.events) != ("failed", "valid"):
            self._refuse(slo, f"{place}.ratioMetric", "bad counts failed events, total valid ones")
        if bad.spec.route != total.spec.route:
            self._refuse(slo, f"{place}.ratioMetric", "bad and total name different routes")
        return _route(total.spec.route), "availability"

    def _most(
        self, slo: schema.Slo, target: schema.OpenSloTarget, kind: ObjectiveKind
    ) -> float | None:
        place = "spec.objectives.0"
        if kind == "availability":
            if target.op is not None or target.value is not None:
                self._refuse(slo, place, "op and value belong to a thresholdMetric")
            return None
        if target.op is None or target.value is None:
            self._refuse(slo, place, "a thresholdMetric needs op: lte and a value")
        return target.value

    def _target(self, slo: schema.Slo, target: schema.OpenSloTarget) -> float:
        if (target.target is None) == (target.targetPercent is None):
            self._refuse(slo, "spec.objectives.0", "needs either target or targetPercent")
        if target.target is not None:
            return target.target
        assert target.targetPercent is not None
        return float(f"{target.targetPercent / 100:.12g}")

    def _alerts(self, slo: schema.Slo) -> Iterator[BurnAlert]:
        names = [ref.alertPolicyRef for ref in slo.spec.alertPolicies]
        for index, name in enumerate(names):
            place = f"spec.alertPolicies.{index}.alertPolicyRef"
            if name in names[:index]:
                self._refuse(slo, place, f"{name} stands here twice")
            yield self._alert(self._find(schema.AlertPolicy, name, slo, place))

    def _alert(self, policy: schema.AlertPolicy) -> BurnAlert:
        named = policy.spec.conditions[0].conditionRef
        condition = self._find(schema.AlertCondition, named, policy, "spec.conditions.0")
        wanted = policy.spec.notificationTargets[0].targetRef
        where = "spec.notificationTargets.0"
        goes_to = self._find(schema.AlertNotificationTarget, wanted, policy, where)
        spec = condition.spec
        if goes_to.spec.target != spec.severity:
            self._refuse(policy, where, f"{wanted} takes no {spec.severity}")
        long_s, short_s = schema.seconds(spec.condition.lookbackWindow), self._short_s(condition)
        if not 0 < short_s < long_s:
            self._refuse(condition, f"metadata.annotations.{SHORT_WINDOW}", "is not the shorter")
        return BurnAlert(
            name=policy.metadata.name,
            severity=spec.severity,
            factor=spec.condition.threshold,
            long_s=long_s,
            short_s=short_s,
            for_s=schema.seconds(spec.condition.alertAfter),
            least_bad=self._least_bad(condition),
        )

    def _short_s(self, condition: schema.AlertCondition) -> int:
        text = condition.metadata.annotations.get(SHORT_WINDOW, "")
        if text[-1:] not in schema.UNIT_S or not schema.WHOLE_NUMBER.fullmatch(text[:-1]):
            self._refuse(condition, "metadata.annotations", f"needs {SHORT_WINDOW}, such as 5m")
        return schema.seconds(text)

    def _least_bad(self, condition: schema.AlertCondition) -> int:
        text = condition.metadata.annotations.get(LEAST_BAD, "1")
        if not schema.WHOLE_NUMBER.fullmatch(text) or int(text) < 1:
            place = f"metadata.annotations.{LEAST_BAD}"
            self._refuse(condition, place, f"is a whole number from 1, not {text!r}")
        return int(text)

    def _check_alerts(self, slo: schema.Slo, objective: Objective) -> None:
        for index, alert in enumerate(objective.alerts):
            place = f"spec.alertPolicies.{index}"
            if not objective.can_fire(alert):
                # Only bad requests at all: the burn rate is then 1/(1-t) and no more.
                highest = 1.0 / objective.budget
                self._refuse(
                    slo,
                    place,
                    f"{alert.name} can never fire: it waits for a burn rate above "
                    f"{alert.factor:g}, and with target {objective.target:g} the highest "
                    f"there is is {highest:.4g}",
                )
            if alert.long_s > objective.window_s:
                self._refuse(slo, place, f"{alert.name} looks back further than the window")

    def _find(self, kind: type[_D], name: str, asker: schema.OpenSloObject, place: str) -> _D:
        for document in self._documents.values():
            if isinstance(document, kind) and document.metadata.name == name:
                return document
        return self._refuse(
            asker, place, f"there is no {kind.__name__.removeprefix('OpenSlo')} {name}"
        )

    def _refuse(self, document: schema.OpenSloObject, place: str, why: str) -> NoReturn:
        key = (type(document).__name__.replace("Slo", "SLO"), document.metadata.name)
        raise ObjectiveFileError(f"{self._places[key]}: {place}: {why}")


class _UniqueKeys(yaml.SafeLoader):
    """YAML lets a later key win silently; here a key that stands twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key!r} stands twice", problem_mark=node.start_mark
                )
        return super().construct_mapping(node, deep)


def _name_of(raw: object) -> str:
    metadata = raw.get("metadata") if isinstance(raw, dict) else None
    return str(metadata.get("name", "?"))[:63] if isinstance(metadata, dict) else "?"


def _route(text: str) -> Route:
    method, endpoint = text.split(" ", 1)
    return Route(method, endpoint)

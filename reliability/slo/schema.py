"""The part of OpenSLO v1 that the objective file may use; anything else is refused by name.

Source: https://github.com/OpenSLO/OpenSLO, version v1. What a metric source's ``spec`` holds
is left to the implementer there: here it names a route and what is counted of it.
"""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

OpenSloName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=63)
]
"""RFC 1123, as OpenSLO asks for."""
Duration = Annotated[str, StringConstraints(pattern=r"^[1-9]\d*[mhdw]$")]
"""Minutes, hours, days or weeks; months and years have no fixed length."""
RouteText = Annotated[str, StringConstraints(pattern=r"^(GET|POST|PUT|PATCH|DELETE) /\S*$")]
Description = Annotated[str, StringConstraints(max_length=1050)]

UNIT_S = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


def seconds(duration: str) -> int:
    """Return the length of a duration such as ``5m``."""
    return int(duration[:-1]) * UNIT_S[duration[-1]]


class OpenSloPart(BaseModel):
    """A key that is not known is an error: a typing error must not switch an alert off."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Metadata(OpenSloPart):
    name: OpenSloName
    displayName: str | None = None
    labels: dict[str, str | list[str]] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)


class Described(OpenSloPart):
    description: Description | None = None


class ServiceSpec(Described):
    pass


class DataSourceSpec(Described):
    type: str
    connectionDetails: dict[str, str] = Field(default_factory=dict)


class TargetSpec(Described):
    target: Literal["page", "ticket"]
    """Where alerts of this severity go; a label that Alertmanager routes by."""


class BurnCondition(OpenSloPart):
    kind: Literal["burnrate"] = "burnrate"
    op: Literal["gt"] = "gt"
    threshold: Annotated[float, Field(gt=0, strict=False)]
    lookbackWindow: Duration
    alertAfter: Annotated[str, StringConstraints(pattern=r"^\d+[mhdw]$")] = "0m"


class ConditionSpec(Described):
    severity: Literal["page", "ticket"]
    condition: BurnCondition


class ConditionRef(OpenSloPart):
    conditionRef: OpenSloName


class TargetRef(OpenSloPart):
    targetRef: OpenSloName


class PolicySpec(Described):
    alertWhenNoData: Literal[False] = False
    """Absent metrics have an alert of their own."""
    alertWhenResolved: bool = False
    alertWhenBreaching: Literal[True] = True
    conditions: Annotated[list[ConditionRef], Field(min_length=1, max_length=1)]
    notificationTargets: Annotated[list[TargetRef], Field(min_length=1, max_length=1)]


class EventsQuery(OpenSloPart):
    route: RouteText
    events: Literal["failed", "valid"]


class MeasureQuery(OpenSloPart):
    route: RouteText
    measure: Literal["latency_s", "energy_j", "carbon_g"]


class EventsSource(OpenSloPart):
    metricSourceRef: OpenSloName
    spec: EventsQuery


class MeasureSource(OpenSloPart):
    metricSourceRef: OpenSloName
    spec: MeasureQuery


class EventsMetric(OpenSloPart):
    metricSource: EventsSource


class MeasureMetric(OpenSloPart):
    metricSource: MeasureSource


class RatioMetric(OpenSloPart):
    counter: Literal[True]
    bad: EventsMetric
    total: EventsMetric


class IndicatorSpec(Described):
    """One of the two, by ``ratioMetric`` for availability and ``thresholdMetric`` else."""

    ratioMetric: RatioMetric | None = None
    thresholdMetric: MeasureMetric | None = None


class Indicator(OpenSloPart):
    metadata: Metadata
    spec: IndicatorSpec


class TimeWindow(OpenSloPart):
    duration: Duration
    isRolling: Literal[True]
    """Calendar windows forgive everything at midnight; they are not supported."""


class OpenSloTarget(OpenSloPart):
    displayName: str | None = None
    op: Literal["lte"] | None = None
    value: Annotated[float, Field(gt=0, strict=False, allow_inf_nan=False)] | None = None
    target: Annotated[float, Field(gt=0, lt=1)] | None = None
    targetPercent: Annotated[float, Field(gt=0, lt=100, strict=False)] | None = None


class AlertPolicyRef(OpenSloPart):
    alertPolicyRef: OpenSloName


class SloSpec(Described):
    service: OpenSloName
    indicator: Indicator
    timeWindow: Annotated[list[TimeWindow], Field(min_length=1, max_length=1)]
    budgetingMethod: Literal["Occurrences"]
    objectives: Annotated[list[OpenSloTarget], Field(min_length=1, max_length=1)]
    alertPolicies: list[AlertPolicyRef] = Field(default_factory=list)


class OpenSloObject(OpenSloPart):
    apiVersion: Literal["openslo/v1"]
    metadata: Metadata


class OpenSloService(OpenSloObject):
    kind: Literal["Service"]
    spec: ServiceSpec


class DataSource(OpenSloObject):
    kind: Literal["DataSource"]
    spec: DataSourceSpec


class AlertNotificationTarget(OpenSloObject):
    kind: Literal["AlertNotificationTarget"]
    spec: TargetSpec


class AlertCondition(OpenSloObject):
    kind: Literal["AlertCondition"]
    spec: ConditionSpec


class AlertPolicy(OpenSloObject):
    kind: Literal["AlertPolicy"]
    spec: PolicySpec


class Slo(OpenSloObject):
    kind: Literal["SLO"]
    spec: SloSpec


KINDS: dict[str, type[OpenSloObject]] = {
    "Service": OpenSloService,
    "DataSource": DataSource,
    "AlertNotificationTarget": AlertNotificationTarget,
    "AlertCondition": AlertCondition,
    "AlertPolicy": AlertPolicy,
    "SLO": Slo,
}

WHOLE_NUMBER = re.compile(r"\d+")

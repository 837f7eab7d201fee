"""Objectives for tests: one route with every kind, one with availability only."""

from reliability.slo.objectives import BurnAlert, Objective, ObjectiveKind, Objectives, Route

ROUTE = Route("POST", "/embed")
OTHER = Route("GET", "/documents/{document_id}")
ALERTS = (
    BurnAlert("page-1h", "page", 14.4, 3600, 300, 0, 10),
    BurnAlert("page-6h", "page", 6.0, 21_600, 1800, 0, 10),
    BurnAlert("ticket-1d", "ticket", 3.0, 86_400, 7200, 0, 1),
    BurnAlert("ticket-3d", "ticket", 1.0, 259_200, 21_600, 0, 1),
)
DAY_S = 86_400


def objective(
    kind: ObjectiveKind, target: float = 0.99, most: float | None = None, route: Route = ROUTE
) -> Objective:
    """Return an objective of a kind, with the workbook's alerts."""
    return Objective(
        name=f"{route.endpoint.strip('/').split('/')[0]}-{kind}",
        title=kind,
        service="embedding",
        route=route,
        kind=kind,
        target=target,
        most=most,
        window_s=30 * DAY_S,
        alerts=ALERTS,
    )


OBJECTIVES = Objectives(
    (
        objective("availability"),
        objective("latency", 0.95, 0.1),
        objective("energy", 0.95, 2.0),
        objective("carbon", 0.95, 0.5),
        objective("availability", 0.999, route=OTHER),
    )
)

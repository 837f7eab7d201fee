"""The objectives in other programs' words: Prometheus, promtool, k6, Grafana."""

DOORS = ()

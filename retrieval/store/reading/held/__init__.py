"""Namespaces that a reader keeps in memory: as they are at one version, brought to the next."""

DOORS = (
    "chosen",
    "columns",
    "held_namespaces",
    "namespace",
    "query_words",
    "suggesting",
    "vectors",
)

"""The HTTP contract without Ray: routes, schemas, errors."""

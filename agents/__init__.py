"""Executable plans over the service's own tools: reading goals, tree search, reflection."""

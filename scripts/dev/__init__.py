"""Tools for whoever changes this repository."""

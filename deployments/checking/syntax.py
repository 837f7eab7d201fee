"""Python's syntax tree of a text."""

import ast


def parsed(text: str) -> ast.Module:
    """Return the tree of a module.

    CPython 3.11 loses count of its recursion where a collection parses meanwhile (gh-106905), so
    a text is parsed once more where that is said of it.

    Raises:
        SyntaxError: The text is no Python.
    """
    try:
        return ast.parse(text)
    except SystemError:
        return ast.parse(text)

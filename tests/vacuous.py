"""Finds tests that cannot fail, by reading their source.

Five kinds, each seen in real suites:

* a test without any assertion, its helpers included;
* an assertion that is true of every value (``len(x) >= 0``, a constant, a non-empty tuple);
* ``all(…)`` or ``not any(…)`` over something that may be empty;
* assertions that all stand in loops over something that may be empty;
* an assertion whose failure is caught and passed over (``except Exception: pass``).

"May be empty" is decided from the test alone: literals, counted ranges and parameters of the
test are not, and neither is what the same test or helper asserts something about (its length,
its equality, its being there) or indexes. A result is to be asserted about before it is looped
over.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from deployments.checking.importable import parsed

Function = ast.FunctionDef | ast.AsyncFunctionDef
RAISING = {"raises", "warns", "fail", "deprecated_call", "xfail"}
"""Of pytest: they fail by themselves."""
SAME_LENGTH = {"enumerate", "sorted", "list", "tuple", "set", "reversed", "map", "iter", "cycle"}
"""Calls whose result is empty only if their (last) argument is."""
SWALLOWED = "a failed assertion is caught and passed over"
ANY = {"AssertionError", "Exception", "BaseException"}
"""Errors that a failed assertion is one of."""
VIEWS = {"items", "values", "keys", "tolist", "splitlines"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a test cannot fail, and why."""

    path: Path
    line: int
    why: str


def findings(paths: Iterable[Path]) -> list[Finding]:
    """Return what is found in test files, read together: helpers may live in another file."""
    trees = {path: parsed(path.read_text()) for path in paths}
    asserting = _asserting_names(trees.values())
    return [
        Finding(path, line, why)
        for path, tree in trees.items()
        for function in _tests(tree)
        for line, why in _of_test(function, asserting, _constants(tree))
    ]


def _tests(tree: ast.Module) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, Function) and node.name.startswith("test"):
            yield node


def _of_test(test: Function, asserting: set[str], constants: set[str]) -> Iterator[tuple[int, str]]:
    checks = [node for node in ast.walk(test) if _fails_by_itself(node, asserting)]
    if not checks:
        yield test.lineno, "asserts nothing"
        return
    filled = constants | _asserted(test) | _literals(test) | _parameters(test)
    for node in ast.walk(test):
        if isinstance(node, ast.Assert):
            yield from ((node.lineno, why) for why in _always_true(node.test, filled))
        elif isinstance(node, ast.Try):
            yield from ((line, SWALLOWED) for line in _swallowing(node, asserting))
    loops = [
        loop
        for loop in ast.walk(test)
        if isinstance(loop, ast.For | ast.AsyncFor) and not _filled(loop.iter, filled)
    ]
    looped = {check for loop in loops for part in loop.body for check in ast.walk(part)}
    if loops and all(check in looped for check in checks):
        yield loops[0].lineno, f"asserts only in a loop over `{ast.unparse(loops[0].iter)}`"


def _swallowing(node: ast.Try, asserting: set[str]) -> Iterator[int]:
    """Yield the lines that catch a failed assertion of a test and go on."""
    if not any(isinstance(part, ast.Assert) for part in _parts(node.body)):
        return
    for handler in node.handlers:
        named = [] if handler.type is None else ast.walk(handler.type)
        names = {part.id for part in named if isinstance(part, ast.Name)}
        if (handler.type is None or names & ANY) and not any(
            isinstance(part, ast.Raise) or _fails_by_itself(part, asserting)
            for part in _parts(handler.body)
        ):
            yield handler.lineno


def _parts(body: list[ast.stmt]) -> list[ast.AST]:
    return [part for statement in body for part in ast.walk(statement)]


def _always_true(test: ast.expr, filled: set[str]) -> Iterator[str]:
    if isinstance(test, ast.Constant) and test.value:
        yield "asserts a constant"
    elif isinstance(test, ast.Tuple) and test.elts:
        yield "asserts a tuple, which is always true"
    elif isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for part in test.values:
            yield from _always_true(part, filled)
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from _empty_quantifier(test.operand, "any", filled)
    elif _never_negative(test):
        yield f"`{ast.unparse(test)}` is true of every length"
    else:
        yield from _empty_quantifier(test, "all", filled)


def _never_negative(test: ast.expr) -> bool:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    left, right, operator = test.left, test.comparators[0], test.ops[0]
    if isinstance(operator, ast.LtE):
        left, right = right, left
    elif not isinstance(operator, ast.GtE):
        return False
    return isinstance(right, ast.Constant) and right.value == 0 and type(right.value) is int


def _empty_quantifier(test: ast.expr, name: str, filled: set[str]) -> Iterator[str]:
    if not (isinstance(test, ast.Call) and ast.unparse(test.func) == name and test.args):
        return
    over = test.args[0]
    if isinstance(over, ast.GeneratorExp | ast.ListComp | ast.SetComp):
        over = over.generators[0].iter
    if not _filled(over, filled):
        yield f"`{name}` over `{ast.unparse(over)}`, which may be empty"


def _filled(node: ast.expr, filled: set[str]) -> bool:
    """Whether an expression surely has elements."""
    if ast.unparse(node) in filled:
        return True
    match node:
        case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
            return any(not isinstance(e, ast.Starred) or _filled(e.value, filled) for e in elts)
        case ast.Dict(keys=keys):
            return bool(keys)
        case ast.Constant(value=value):
            return bool(value)
        case ast.ListComp(generators=[first, *_]) if not first.ifs:
            return _filled(first.iter, filled)
        case ast.BinOp(left=left, op=ast.Add() | ast.Mult() | ast.BitOr(), right=right):
            return _filled(left, filled) or _filled(right, filled)
        case ast.Subscript(value=value, slice=ast.Slice()):
            return _filled(value, filled)
        case ast.Await(value=value) | ast.Starred(value=value):
            return _filled(value, filled)
        case ast.Call(func=function, args=args):
            return _filled_call(function, args, filled)
    return False


def _filled_call(function: ast.expr, args: list[ast.expr], filled: set[str]) -> bool:
    name = ast.unparse(function)
    if name == "range":
        # A count that is a name was chosen by the test.
        last = args[-1] if len(args) < 3 else args[1]
        return not isinstance(last, ast.Constant) or bool(last.value)
    if name.rpartition(".")[2] == "zip":
        return any(_filled(arg, filled) for arg in args)
    if name.rpartition(".")[2] in SAME_LENGTH and args:
        return _filled(args[-1], filled)
    if isinstance(function, ast.Attribute) and function.attr == "map" and len(args) > 1:
        return _filled(args[1], filled)
    if isinstance(function, ast.Attribute) and function.attr in VIEWS:
        return _filled(function.value, filled)
    return False


def _asserted(test: Function) -> set[str]:
    """Return the expressions that the test says something about by which they are not empty."""
    said: set[str] = set()
    for node in ast.walk(test):
        if isinstance(node, ast.Assert):
            said |= set(_said_of(node.test))
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            # An empty list has no element of that number: the test would fail there.
            said |= {ast.unparse(node.value)} if isinstance(node.slice.value, int) else set()
    return said


def _said_of(test: ast.expr) -> Iterator[str]:
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            for value in values:
                yield from _said_of(value)
        case ast.Compare(left=left, comparators=comparators):
            for side in [left, *comparators]:
                yield from _named_in(side)
        case ast.Name() | ast.Attribute() | ast.Subscript() | ast.Call():
            if not (isinstance(test, ast.Call) and ast.unparse(test.func) in ("all", "any")):
                yield ast.unparse(test)


def _named_in(side: ast.expr) -> Iterator[str]:
    """Return what a side of a comparison speaks of: ``x``, ``len(x)``, ``{a for a in x}``."""
    yield ast.unparse(side)
    match side:
        case ast.Call(args=args):
            for arg in args:
                yield from _named_in(arg)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            yield ast.unparse(side.generators[0].iter)
        case ast.Subscript(value=value):
            yield ast.unparse(value)


def _literals(test: Function) -> set[str]:
    filled: set[str] = set()
    for node in ast.walk(test):
        value, targets = None, []
        if isinstance(node, ast.Assign):
            value, targets = node.value, node.targets
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            value, targets = node.value, [node.target]
        if value is not None and _filled(value, filled):
            filled |= {ast.unparse(target) for target in targets}
        is_row = isinstance(node, ast.For) and isinstance(node.target, ast.Tuple)
        if is_row and _filled(node.iter, filled):
            # Members of a table's rows: what the table holds was chosen by the test.
            filled |= {ast.unparse(member) for member in node.target.elts}
    return filled


def _parameters(test: Function) -> set[str]:
    return {arg.arg for arg in [*test.args.args, *test.args.kwonlyargs]}


def _constants(tree: ast.Module) -> set[str]:
    return {
        name.id
        for node in tree.body
        for name in ast.walk(node)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.ImportFrom)
        and isinstance(name, ast.Name)
    } | {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _asserting_names(trees: Iterable[ast.Module]) -> set[str]:
    """Return names of functions of the suite that assert, themselves or by what they call.

    Names of tables of such functions are among them.
    """
    trees = list(trees)
    tables = [
        (ast.unparse(target), {ast.unparse(value) for value in node.value.values})
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    # Two files may each have a helper of one name: one that asserts is enough.
    bodies = [
        node
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, Function) and not node.name.startswith("test")
    ]
    names: set[str] = set()
    while True:
        more = {
            node.name
            for node in bodies
            if node.name not in names
            and any(_fails_by_itself(part, names) for part in ast.walk(node))
        }
        if not more:
            return names | {table for table, values in tables if values & names}
        names |= more


def _fails_by_itself(node: ast.AST, asserting: set[str]) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.Raise):
        return node.exc is not None and "AssertionError" in ast.unparse(node.exc)
    if not isinstance(node, ast.Call):
        return False
    called = node.func.value if isinstance(node.func, ast.Subscript) else node.func
    last = ast.unparse(called).rpartition(".")[2]
    return last in RAISING or last in asserting or last.startswith("assert_")

import ast
from statistics import median

import pytest

from .sources import EVERYTHING, PROGRAM, name_of, parsed

FILE, FUNCTION, NESTING = 300, 60, 3
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
#: `with` is not among them: it says how long something is open, and nothing branches there.
DEEPER = (ast.If, ast.For, ast.While, ast.Try, ast.Match, ast.AsyncFor)


def functions(path):
    return [n for n in ast.walk(parsed(path)) if isinstance(n, FUNCTIONS)]


def body(function):
    """Lines of a function's body without its docstring."""
    first = function.body[0]
    spoken = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    begin = (first.end_lineno if spoken else first.lineno - 1) or 0
    return (function.end_lineno or 0) - begin


def depth(node, level=0):
    """The deepest nesting of blocks in a function; `elif` is no deeper than its `if`."""
    deepest = level
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, FUNCTIONS):
                continue
            chained = isinstance(node, ast.If) and name == "orelse" and isinstance(child, ast.If)
            more = isinstance(child, DEEPER) and not chained
            deepest = max(deepest, depth(child, level + more))
    return deepest


@pytest.mark.parametrize("path", EVERYTHING, ids=name_of)
def test_files_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE


@pytest.mark.parametrize("path", EVERYTHING, ids=name_of)
def test_functions_are_short_and_flat(path):
    for function in functions(path):
        assert body(function) <= FUNCTION, function.name
        assert depth(function) <= NESTING, function.name


def test_functions_are_short_at_the_median():
    assert median(body(f) for path in PROGRAM for f in functions(path)) <= 10


def test_no_file_has_a_name_that_says_nothing():
    empty = {"utils", "util", "helpers", "helper", "base", "common", "misc", "tools"}
    assert not {p.stem for p in EVERYTHING} & empty


def test_the_measures_can_fail():
    deep = "def f(x):\n for a in x:\n  if a:\n   while a:\n    if a: pass"
    function = ast.parse(deep).body[0]
    assert depth(function) == 4
    assert body(function) == 4
    chain = ast.parse("def f(x):\n    if x: pass\n    elif x: pass\n    elif x: pass")
    assert depth(chain.body[0]) == 1

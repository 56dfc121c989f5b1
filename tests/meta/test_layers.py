import ast

import pytest

from .sources import PROGRAM, ROOT, imported, name_of, parsed

#: What each layer may not import; cli.py may import all.
ABOVE = {
    "faceswap": {"click", "models", "stages", "cli", "tests"},
    "models": {"click", "models", "stages", "cli", "tests"},
    "stages": {"click", "models", "stages", "cli", "tests"},
}
INNER = [p for p in PROGRAM if p.name != "cli.py"]

#: Where the edge is touched outside of cli.py, and why.
ALLOWED = {
    ("faceswap/pool.py", "environ"): "a worker process caps its own threads before it imports",
}

#: The library's packages: each may import those before it, and what lies in `faceswap/` itself.
PACKAGES = (
    *("storage", "optimizers", "films", "writing", "pictures", "detection", "alignment"),
    *("people", "compositing", "provenance", "evaluation", "data", "networks"),
    *("training", "generation", "console", "bench"),
)


@pytest.mark.parametrize("path", INNER, ids=name_of)
def test_layers_point_one_way(path):
    assert not imported(path) & ABOVE[path.relative_to(ROOT).parts[0]]


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_of_the_library_point_one_way(package):
    after = set(PACKAGES[PACKAGES.index(package) + 1 :])
    for path in (ROOT / "faceswap" / package).glob("*.py"):
        assert not packages_of(path) & after, path


def test_every_package_of_the_library_has_its_place():
    there = {p.parent.name for p in (ROOT / "faceswap").glob("*/__init__.py")}
    assert there == set(PACKAGES)
    assert packages_of(ROOT / "faceswap" / "bench" / "run.py") == {"bench", "storage"}


def packages_of(path):
    """The library's packages that a file imports from, wherever in it."""
    found = [n.module for n in ast.walk(parsed(path)) if isinstance(n, ast.ImportFrom) and n.module]
    return {m.split(".")[1] for m in found if m.startswith("faceswap.")} & set(PACKAGES)


def edges(path):
    """Where a file prints, ends the program, or reads the environment or the command line."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Name) and node.id in {"print", "input", "exit", "SystemExit"}:
            yield node.id
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = (node.value.id, node.attr)
            if name in {("os", "environ"), ("os", "getenv"), ("os", "_exit"), ("os", "putenv")}:
                yield node.attr
            if name[0] == "sys" and node.attr in {"exit", "argv", "stdout", "stderr", "stdin"}:
                yield node.attr


@pytest.mark.parametrize("path", INNER, ids=name_of)
def test_only_the_command_line_prints_exits_and_reads_the_environment(path):
    found = {edge for edge in edges(path) if (name_of(path), edge) not in ALLOWED}
    assert not found


def test_every_exception_to_the_rule_is_still_needed():
    for name, edge in ALLOWED:
        path = next(p for p in INNER if name_of(p) == name)
        assert edge in set(edges(path))


def test_nothing_read_back_can_run_code():
    """No pickle, no eval; arrays are never loaded with pickles in them."""
    for path in PROGRAM:
        assert not imported(path) & {"pickle", "marshal", "shelve", "joblib", "dill"}, path
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec", "compile", "__import__"}, path
            if isinstance(node, ast.keyword) and node.arg in {"allow_pickle", "shell"}:
                assert isinstance(node.value, ast.Constant) and node.value.value is False, path

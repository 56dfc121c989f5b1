"""The project's own source files, parsed."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAYERS = ("faceswap", "models", "stages")
PROGRAM = [ROOT / "cli.py", *(p for layer in LAYERS for p in sorted((ROOT / layer).rglob("*.py")))]
EVERYTHING = [*PROGRAM, ROOT / "docs" / "generate.py", *sorted((ROOT / "tests").rglob("*.py"))]


def name_of(path: Path) -> str:
    """The path inside of the project, for the names of tests."""
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    """The top-level names of the modules a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found

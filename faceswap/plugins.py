"""A directory is a registry: each file in it holds one plug-in, named as the file."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from faceswap.errors import BadOption


def names(package: str) -> list[str]:
    """The plug-ins of `package`, in the order of their names, without importing one."""
    return sorted(p.stem for p in folder(package).glob("*.py") if not p.stem.startswith("_"))


def summary(package: str, name: str) -> str:
    """First line of what the plug-in's file says of itself, without importing it."""
    text = (folder(package) / f"{name}.py").read_text(encoding="utf-8")
    doc = ast.get_docstring(ast.parse(text))
    return doc.splitlines()[0].rstrip(".") if doc else ""


def load(package: str, name: str) -> type[Any]:
    """The one frozen dataclass that the plug-in's file defines.

    Raises:
        BadOption: If there is no such plug-in; says which there are.
    """
    if name not in names(package):
        raise BadOption(f"no `{name}` among {package}: there are {', '.join(names(package))}")
    module = importlib.import_module(f"{package}.{name}")
    found = [
        thing
        for thing in vars(module).values()
        if inspect.isclass(thing) and thing.__module__ == module.__name__ and is_dataclass(thing)
        if not thing.__name__.startswith("_") and hasattr(thing, "plugin")
    ]
    if len(found) != 1:
        raise TypeError(f"{module.__file__} must define one plug-in, not {len(found)}")
    return found[0]


def folder(package: str) -> Path:
    """Where the package's files lie."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(package)
    return Path(spec.submodule_search_locations[0])

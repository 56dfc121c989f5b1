import ast
import importlib.util
import re
import shlex

import click
import pytest

import cli
from faceswap import plan, plugins

from .sources import PROGRAM, ROOT, name_of, parsed

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "Makefile"]
LINE = re.compile(r"(?:^|`|\$\(BIN\)/)(faceswap [^`|\n]*)", re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)[^)]*\)")


def generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATED = generator().pages()


def commands():
    """Each `faceswap ...` line of the documents, with the document's name."""
    found = []
    for page in PAGES:
        if page.name in GENERATED:
            continue
        for line in LINE.findall(page.read_text(encoding="utf-8").replace("\\\n", " ")):
            text = re.split(r"\s+(?:#|;|&&|\|\|)\s?", line)[0].strip()
            found.append(pytest.param(text, id=f"{page.name}: {text}"))
    return found


@pytest.mark.parametrize("text", commands())
def test_every_command_in_the_documents_is_one_that_the_program_takes(text):
    words = [re.sub(r"\$\((\w+)\)", r"\1", word) for word in shlex.split(text, comments=True)[1:]]
    if not words or words[0] in {"--help", "-h", "--version"}:
        return
    command = cli.cli.get_command(click.Context(cli.cli), words[0])
    assert command is not None or words[0] == words[0].upper(), f"no command {words[0]}"
    # A mention such as `faceswap status` needs no workspace.
    if command and len(words) > 1 and "..." not in words and not {"-h", "--help"} & set(words):
        command.make_context(words[0], words[1:])


def test_there_are_commands_to_check():
    assert len(commands()) > 8


@pytest.mark.parametrize("name", GENERATED)
def test_generated_pages_are_up_to_date(name):
    kept = ROOT / "docs" / name
    assert kept.exists() and kept.read_text(encoding="utf-8") == GENERATED[name], "run `make docs`"


def test_the_generated_pages_tell_of_every_stage_and_option():
    text = GENERATED["commands.md"]
    for name in plan.order():
        assert f"## faceswap {name}" in text
    for name in plugins.names("models"):
        assert f"## {name}" in GENERATED["models.md"]


@pytest.mark.parametrize("page", [p for p in PAGES if p.suffix == ".md"], ids=name_of)
def test_links_inside_of_the_project_lead_somewhere(page):
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in link and not link.startswith("mailto:"):
            assert (page.parent / link).exists(), link


@pytest.mark.parametrize("path", PROGRAM, ids=name_of)
def test_what_is_public_is_documented(path):
    tree = parsed(path)
    assert ast.get_docstring(tree), "the file does not say what it is"
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and not node.name.startswith("_"):
            said = ast.get_docstring(node) or ""
            assert said.splitlines()[0:1] and said.splitlines()[0].endswith((".", ":")), node.name

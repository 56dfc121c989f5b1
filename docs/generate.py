"""The pages of the documentation that are made from the code.

`python docs/generate.py` writes them; with `--check` it says which are out of date.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

import cli
from faceswap import plan, plugins
from faceswap.console.listing import losses
from faceswap.evaluation.metrics import METRICS
from faceswap.generation import sample_metrics
from faceswap.options import Option, describe

HERE = Path(__file__).parent
MADE = "<!-- Made by docs/generate.py: run `make docs` instead of editing. -->"
AFFECTS = {
    "result": "runs again",
    "effort": "goes on from where it was",
    "nothing": "stays fresh",
}


def main(words: list[str]) -> int:
    """Write the pages, or check them; gives the exit code."""
    stale = []
    for name, text in pages().items():
        path = HERE / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(f"docs/{name}")
        if "--check" not in words:
            path.write_text(text, encoding="utf-8")
    if "--check" not in words:
        print(f"written: {', '.join(stale) or 'nothing, all is up to date'}")
        return 0
    if stale:
        print(f"out of date: {', '.join(stale)}: run `make docs`", file=sys.stderr)
    return 1 if stale else 0


def pages() -> dict[str, str]:
    """The text of each generated page by its file name."""
    made = {"commands.md": commands_page(), "models.md": models_page()}
    return made | {"figures.md": figures_page()}


def commands_page() -> str:
    """Every command with its arguments and options."""
    lines = [
        "# Commands",
        "",
        MADE,
        "",
        *_intro(),
        *_contents(),
        "",
    ]
    context = click.Context(cli.cli, info_name="faceswap")
    for name in _own():
        command = cli.cli.get_command(context, name)
        assert command is not None
        lines += _own_section(name, command)
    for name in [*plan.order(), *plan.corrections()]:
        lines += _stage_section(name)
    return "\n".join(lines).rstrip() + "\n"


def models_page() -> str:
    """Every model with its options."""
    lines = [
        "# Models",
        "",
        MADE,
        "",
        "`faceswap train WORK --model NAME --set OPTION=VALUE`; each file in `models/` is one.",
        "",
    ]
    for name in plugins.names("models"):
        model = plugins.load("models", name)
        figures = f"Trained with data of kind `{model.data}`"
        lines += [f"## {name}", "", *_doc(model), "", f"{figures}.", ""]
        rows = [(o.name, _value(o.default), o.limits, o.help) for o in describe(model)]
        lines += [*_table(("option", "default", "allowed", "what"), rows), ""]
        terms = [(term, f"`{weight:g}`", text) for term, weight, text in losses(model)]
        if terms:
            lines += ["Its loss:", "", *_table(("term", "weight", "what"), terms), ""]
    return "\n".join(lines).rstrip() + "\n"


def figures_page() -> str:
    """Every figure that `evaluate` gives, and its bar."""
    rows = [(f"`{m.name}`", m.title, m.help, m.better, m.wanted) for m in METRICS]
    head = ("name", "in the report", "what it is", "better")
    lines = ["# Figures", "", MADE, "", "What [`faceswap evaluate`](evaluate.md) measures.", ""]
    lines += ["## Of a film", "", *_table((*head, "convincing"), rows), ""]
    made = [(f"`{m.name}`", m.title, m.help, m.aim) for m in sample_metrics.METRICS]
    lines += ["## Of samples", "", "Of [models of faces](synthesis.md), beside baselines.", ""]
    return "\n".join([*lines, *_table(head, made)]) + "\n"


def _intro() -> list[str]:
    sides = "`[source.STAGE]` or `[target.STAGE]` for one side"
    return [
        "The value of an option is the first that is given of: the flag, the environment variable",
        f"`FACESWAP_STAGE_OPTION`, `faceswap.toml` of the workspace ({sides}, then `[STAGE]`),",
        "the default. `faceswap options WORK STAGE` says which it was.",
        "",
        "Every command takes `--json` (one JSON object a line), `-q` (warnings and errors only)",
        "and `-v` (more, and tracebacks). Exit codes: 0 done or fresh, 1 a bug, 2 a wrong command",
        "line or faceswap.toml, 3 the work could not be done, 130 interrupted.",
        "",
    ]


def _contents() -> list[str]:
    names = [*_own(), *plan.order(), *plan.corrections()]
    return [" · ".join(f"[{name}](#faceswap-{name})" for name in names)]


def _own() -> list[str]:
    stages = plugins.names("stages")
    return [n for n in cli.cli.list_commands(click.Context(cli.cli)) if n not in stages]


def _own_section(name: str, command: click.Command) -> list[str]:
    context = click.Context(command, info_name=f"faceswap {name}")
    usage = command.get_usage(context).removeprefix("Usage: ").replace("\n", " ")
    shared = {option.name for n in plugins.names("stages") for option in _described(n)}
    said = {"as_json", "quiet", "verbose"} | (shared if name == "run" else set())
    rows = [
        (f"`{'`, `'.join(p.opts)}`", p.help or "")
        for p in command.params
        if isinstance(p, click.Option) and p.name not in said
    ]
    more = ["Takes every option of every stage as well.", ""] if name == "run" else []
    table = [*_table(("option", "what"), rows), ""] if rows else []
    usage = " ".join(usage.split())
    return [f"## faceswap {name}", "", f"`{usage}`", "", command.help or "", "", *more, *table]


def _described(name: str) -> Iterable[Option]:
    """The options of a stage."""
    return describe(plugins.load("stages", name))


def _stage_section(name: str) -> list[str]:
    stage = plugins.load("stages", name)
    lines = [f"## faceswap {name}", "", f"`faceswap {name} WORK [OPTIONS]`", "", *_doc(stage), ""]
    lines += [f"Reads {_names(stage.reads)}; writes {_names(stage.writes)}.", ""]
    where = f"`[{name}]`"
    if stage.per_side:
        where += f", `[source.{name}]`, `[target.{name}]`"
        lines += ["Runs on each side; `--side source` or `--side target` on one.", ""]
    lines += [f"In `faceswap.toml`: {where}. `--force` runs it though nothing changed.", ""]
    head = ("flag", "default", "allowed", "what", "environment", "when changed")
    rows = [_row(name, option) for option in describe(stage)]
    return [*lines, *_table(head, rows), ""] if rows else lines


def _row(stage: str, option: Option) -> tuple[str, ...]:
    flag = "--" + option.name.replace("_", "-") if option.spoken else "none"
    if option.kind is bool:
        flag = f"{flag}`, `--no-{flag[2:]}"
    variable = f"`FACESWAP_{stage}_{option.name}`".upper()
    default, effect = _value(option.default), AFFECTS[option.affects]
    return f"`{flag}`", default, option.limits, option.help, variable, effect


def _doc(thing: Any) -> list[str]:
    return (inspect.getdoc(thing) or "").splitlines()


def _names(artefacts: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in artefacts) or "nothing"


def _value(default: Any) -> str:
    return "" if default in ("", ()) else f"`{default}`"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    head = list(head)
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *cells]]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

import dataclasses
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

import cli
from faceswap import plan, plugins
from faceswap.artefacts import ARTEFACTS
from faceswap.options import AFFECTS, check, create, describe
from faceswap.stage import Stage

ROOT = Path(__file__).parents[2]
STAGES = plugins.names("stages")
OPTIONS = [
    pytest.param(package, name, option, id=f"{name}.{option.name}")
    for package in ("stages", "models")
    for name in plugins.names(package)
    for option in describe(plugins.load(package, name))
]


@pytest.fixture(params=STAGES)
def name(request):
    return request.param


@pytest.fixture
def stage(name):
    return plugins.load("stages", name)


def test_a_stage_is_a_frozen_dataclass_that_says_what_it_does(name, stage):
    assert issubclass(stage, Stage)
    assert stage.__dataclass_params__.frozen
    assert stage.__doc__ and not stage.__doc__.startswith(f"{stage.__name__}(")
    assert plugins.summary("stages", name)
    with pytest.raises(dataclasses.FrozenInstanceError):
        stage().anything = 1


def test_it_reads_and_writes_what_a_workspace_has(name, stage):
    named = [*stage.reads, *stage.uses, *stage.writes]
    assert {n.rpartition("/")[2] for n in named} <= set(ARTEFACTS)
    assert {n.rpartition("/")[0] for n in named} <= {"", "source", "target"}
    assert stage.reads and (stage.writes or name in plan.corrections())
    assert set(stage().makes()) <= set(stage.writes)


def test_what_it_writes_is_its_own(name, stage):
    assert {ARTEFACTS[n.rpartition("/")[2]].stage for n in stage.writes} <= {name}


def test_what_it_reads_is_made_before(name, stage):
    order = [*plan.order(), *plan.corrections()]
    before = order[: order.index(name)]
    makers = {ARTEFACTS[n.rpartition("/")[2]].stage for n in stage.reads} - {"new"}
    assert makers <= set(before)


def test_every_field_is_an_option(stage):
    assert [f.name for f in dataclasses.fields(stage)] == [o.name for o in describe(stage)]


def test_help_tells_of_every_option(name, stage, capsys):
    assert cli.main([name, "--help"]) == 0
    said = capsys.readouterr().out
    for option in describe(stage):
        shown = re.search(rf"^  .*--{option.name.replace('_', '-')}\b", said, re.MULTILINE)
        assert bool(shown) == option.spoken
    assert "--force" in said
    own = "side" in {option.name for option in describe(stage)}
    assert ("--side" in said) == (stage.per_side or own)


@pytest.mark.parametrize(("package", "name", "option"), OPTIONS)
def test_an_option_has_a_help_a_default_within_its_limits_and_an_effect(package, name, option):
    assert option.help.endswith(".") and option.help[0].isupper()
    assert option.affects in AFFECTS
    assert check(option, option.default) == option.default
    owner = plugins.load(package, name)
    assert create(owner, {option.name: option.default}) == owner()


@pytest.mark.parametrize(("package", "name", "option"), OPTIONS)
def test_an_option_understands_its_default_as_text(package, name, option):
    text = ",".join(option.default) if isinstance(option.default, tuple) else str(option.default)
    if text:
        assert check(option, text) == option.default


def test_all_options_at_once_are_taken_by_run(capsys):
    assert cli.main(["run", "--help"]) == 0
    said = capsys.readouterr().out
    for option in plan.flags():
        assert f"--{option.name.replace('_', '-')}" in said


STAGE = '''"""Count something."""

from dataclasses import dataclass

from faceswap.options import option
from faceswap.stage import Stage


@dataclass(frozen=True)
class Dropped(Stage):
    """It counts."""

    reads = ("swapped",)
    writes = ("output",)
    much: int = option(3, "How much.", low=1)

    def run(self, work, progress=None):
        return {}
'''
MODEL = '''"""A model of one file."""

from dataclasses import dataclass

from faceswap.model import FaceModel
from faceswap.options import option


@dataclass(frozen=True)
class Dropped(FaceModel):
    """It is there."""

    size: int = option(64, "Side of a face.", choices=(64, 128))

    def build(self):
        return None
'''


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The program in another place, with a stage and a model dropped into it."""
    place = tmp_path_factory.mktemp("program")
    shutil.copy(ROOT / "cli.py", place)
    for package in ("faceswap", "stages", "models"):
        bare = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, place / package, ignore=bare)
    (place / "stages" / "dropped.py").write_text(STAGE)
    (place / "models" / "dropped.py").write_text(MODEL)
    return place


def dropped(copy, *words):
    code = f"import sys, cli; assert cli.__file__.startswith({str(copy)!r})\n"
    code += f"sys.exit(cli.main({list(words)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_model_dropped_in_as_one_file_is_there(copy):
    assert re.search(r"^dropped +A model of one file", dropped(copy, "models"), re.MULTILINE)
    assert "Side of a face. (one of 64, 128)" in dropped(copy, "models", "dropped")


def test_a_stage_dropped_in_as_one_file_is_a_command_with_its_options(copy):
    assert re.search(r"^  dropped +Count something", dropped(copy, "--help"), re.MULTILINE)
    assert "--much INTEGER" in dropped(copy, "dropped", "--help")
    assert "--much INTEGER" in dropped(copy, "run", "--help")


@pytest.mark.parametrize("command", ["run", *STAGES])
def test_no_option_has_the_name_of_another(command):
    found = [p.name for p in cli.cli.get_command(click.Context(cli.cli), command).params]
    assert len(found) == len(set(found))

import sys

import pytest

from faceswap import plugins
from faceswap.errors import BadOption

PLUGIN = '''"""A thing that does."""
from dataclasses import dataclass
from typing import ClassVar

@dataclass(frozen=True)
class Thing:
    """It does."""
    plugin: ClassVar[str] = "thing"
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "some_things"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "thing.py").write_text(PLUGIN)
    (folder / "_shared.py").write_text("raise RuntimeError('imported')\n")
    (folder / "broken.py").write_text('"""Cannot be imported."""\nimport nothing_of_this_name\n')
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [n for n in sys.modules if n.partition(".")[0] == "some_things"]:
        del sys.modules[name]


def test_each_file_is_a_name_and_nothing_is_imported(package):
    assert plugins.names("some_things") == ["broken", "thing"]
    assert not [n for n in sys.modules if n.startswith("some_things.")]


def test_the_summary_is_read_without_importing(package):
    assert plugins.summary("some_things", "broken") == "Cannot be imported"


def test_load_gives_the_files_one_class(package):
    assert plugins.load("some_things", "thing").__name__ == "Thing"


def test_a_file_dropped_in_is_there_at_once(package):
    (package / "another.py").write_text(PLUGIN)
    assert "another" in plugins.names("some_things")
    assert plugins.load("some_things", "another").plugin == "thing"


def test_an_unknown_name_is_refused_with_those_there_are(package):
    with pytest.raises(BadOption, match="no `thnig` among some_things: there are broken, thing"):
        plugins.load("some_things", "thnig")


@pytest.mark.parametrize("name", ["../thing", "thing.py", "", "_shared", "some_things.thing"])
def test_a_name_is_no_path(package, name):
    with pytest.raises(BadOption):
        plugins.load("some_things", name)


def test_two_plugins_in_a_file_are_a_mistake(package):
    again = PLUGIN + PLUGIN.partition("\n\n")[2].replace("Thing", "Second")
    (package / "double.py").write_text(again)
    with pytest.raises(TypeError, match="must define one plug-in, not 2"):
        plugins.load("some_things", "double")

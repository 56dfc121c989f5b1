from dataclasses import dataclass
from pathlib import Path

from faceswap import plugins
from faceswap.job import Job, in_order
from faceswap.stage import Stage
from stages_for_tests import Find, Index, Learn


def test_names_are_qualified_by_the_side():
    job = Job("find", Find(), "target")
    assert job.title == "find target"
    assert job.inputs == ["target/frames"]
    assert job.extras == ["target/images"]
    assert job.outputs == ["target/faces"]


def test_names_of_the_whole_workspace_stay():
    job = Job("learn", Learn())
    assert job.title == "learn"
    assert job.inputs == ["source/faces", "target/faces"]
    assert job.outputs == ["model"]


def test_options_by_what_they_affect():
    job = Job("learn", Learn(steps=3))
    assert job.options("result") == {"size": 64}
    assert job.options("result", "effort") == {"size": 64, "steps": 3}


def test_each_stage_comes_after_those_it_reads_from():
    assert in_order({"learn": Learn, "find": Find, "index": Index}) == ["index", "find", "learn"]


def test_a_stage_finds_its_place_by_what_it_reads():
    @dataclass(frozen=True)
    class Last(Stage):
        reads = ("model", "target/frames")
        writes = ("output",)

        def run(self, work, progress=None):
            return {}

    names = in_order({"another": Last, "learn": Learn, "find": Find, "index": Index})
    assert names[-1] == "another"


def test_a_file_that_an_option_names_counts_by_its_content(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"one")
    job = Job("people", plugins.load("stages", "people")(identity=str(photo)), "target")
    before = job.options("effort")["identity"]
    photo.write_bytes(b"two")
    assert job.options("effort")["identity"] != before

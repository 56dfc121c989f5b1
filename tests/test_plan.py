from dataclasses import replace

import pytest

from faceswap import plan, plugins
from faceswap.errors import BadOption, ModelMismatch
from faceswap.options import describe
from faceswap.running import run_all
from faceswap.workspace import Workspace
from told import Told

KNOWN = ["extract", "detect", "people", "align", "warp", "train", "convert", "merge"]


@pytest.fixture
def work(tmp_path):
    for name in ("face.mp4", "film.mp4"):
        (tmp_path / name).write_bytes(name.encode())
    return Workspace.create(tmp_path / "job", [tmp_path / "face.mp4"], [tmp_path / "film.mp4"])


def test_the_order_is_that_of_the_artefacts():
    assert [name for name in plan.order() if name in KNOWN] == KNOWN
    assert {*plan.order(), *plan.corrections()} == set(plugins.names("stages"))


def test_between_two_stages():
    whole = plan.between("", "")
    assert plan.between("align", "train") == whole[whole.index("align") : whole.index("train") + 1]
    assert plan.between("", "detect") == whole[: whole.index("detect") + 1]
    assert plan.between("merge", "") == whole[whole.index("merge") :]
    assert plan.between("warp", "warp") == ["warp"]


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("trian", "", "no stage `trian`"),
        ("", "mrege", "no stage `mrege`"),
        ("train", "align", "`align` comes before `train`"),
    ],
)
def test_a_wrong_part_is_refused(first, last, said):
    with pytest.raises(BadOption, match=said):
        plan.between(first, last)


def test_a_stage_of_a_side_is_two_jobs_and_one_of_the_whole_is_one(work):
    titles = [job.title for job in plan.jobs(work, ["align", "warp"], {}, {})]
    assert titles == ["align source", "align target", "warp source", "warp target"]
    assert [j.title for j in plan.jobs(work, ["align"], {}, {}, "target")] == ["align target"]


def test_flags_go_to_the_stages_that_know_them(work):
    jobs = plan.jobs(work, ["align", "convert"], {"size": 128, "at_once": 3}, {})
    assert [j.stage.size for j in jobs[:2]] == [128, 128]
    assert jobs[2].stage.at_once == 3


def test_the_file_and_the_environment_reach_the_stages(work):
    (work.root / "faceswap.toml").write_text("[target.align]\nsize = 128\n[align]\nmin_face = 9\n")
    jobs = plan.jobs(work, ["align"], {}, {"FACESWAP_ALIGN_MIN_FACE": "7"})
    assert [(j.stage.size, j.stage.min_face) for j in jobs] == [(256, 7), (128, 7)]


def test_a_table_for_a_side_that_the_stage_does_not_know_is_refused(work):
    (work.root / "faceswap.toml").write_text("[source.convert]\nbatch = 3\n")
    with pytest.raises(BadOption, match="convert"):
        plan.jobs(work, ["convert"], {}, {})


def test_a_typo_in_the_file_is_found_whichever_stage_runs(work):
    (work.root / "faceswap.toml").write_text("[convert]\nbtach = 3\n")
    with pytest.raises(BadOption, match="btach"):
        plan.jobs(work, ["convert"], {}, {})


@pytest.mark.parametrize("given", [{"model": "lighter"}, {"set": ("size=63",)}, {"minutes": 0.0}])
def test_options_that_cannot_work_are_refused_before_anything_runs(work, given):
    with pytest.raises(BadOption):
        plan.jobs(work, ["train"], given, {})


def test_settings_say_where_each_value_comes_from(work):
    (work.root / "faceswap.toml").write_text("[align]\nsize = 128\n")
    found = plan.settings_of(work, "align", "source", {}, {})
    assert found["size"] == (128, "[align]")
    assert found["min_face"].origin == "default"


def test_options_of_one_name_have_one_meaning():
    kinds = {}
    for name in plan.order():
        for option in describe(plugins.load("stages", name)):
            alike = replace(option, help="", affects="")
            assert kinds.setdefault(option.name, alike) == alike, f"{name}: {option.name}"
    assert len(plan.flags()) == sum(option.spoken for option in kinds.values())


def test_a_flag_is_for_the_stages_that_know_it(work):
    flags = {"color": "none", "workers": 3}
    merge, align = plan.jobs(work, ["merge", "align"], flags, {}, "source")
    assert merge.stage.color == "none"
    assert align.stage.workers == 3


def test_what_cannot_work_is_refused_before_the_first_stage(work):
    (work.root / "model").mkdir()
    (work.root / "model/model.json").write_text('{"name": "lite", "options": {"latent": 8}}')
    todo = plan.jobs(work, ["extract", "train", "merge"], {"model": "original"}, {})
    with pytest.raises(ModelMismatch, match="model lite there, original asked for"):
        plan.check(work, todo)


def test_what_a_stage_makes_is_looked_at_before_the_next_begins(work, media):
    # The film is there only once extract has run: then, before detect, merge says what it lacks.
    for side, name in (("source", "face"), ("target", "film")):
        file = work.path(f"{side}/media") / f"{name}.mp4"
        file.unlink()
        file.write_bytes((media / "single_face.mp4").read_bytes())
    jobs = plan.jobs(work, ["extract", "merge"], {"shot": ["99:feather=0.2"]}, {}, "target")
    with pytest.raises(BadOption, match="99"):
        run_all(work, jobs, Told())
    assert work.exists("target/frames")

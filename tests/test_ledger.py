import dataclasses
import shutil
from pathlib import Path

import pytest

from faceswap import clock, manifest
from faceswap.errors import Damaged, MissingArtefact, OutOfSpace
from faceswap.job import Job
from faceswap.ledger import FRESH, MISSING, PARTIAL, STALE, Ledger, execute
from faceswap.stage import silent
from faceswap.storage import room
from faceswap.workspace import Workspace
from stages_for_tests import Choose, Find, Follow, Index, Learn
from told import Told


def jobs(source=None, target=None, model=None):
    """The whole plan, with options for the two sides' index and for the model."""
    sides = {"source": source or {}, "target": target or {}}
    plan = [Job("index", Index(**given), side) for side, given in sides.items()]
    plan += [Job("find", Find(), side) for side in sides]
    return [*plan, Job("learn", Learn(**(model or {})))]


@pytest.fixture
def work(tmp_path):
    for name in ("face.mp4", "film.mp4"):
        (tmp_path / name).write_bytes(name.encode())
    return Workspace.create(tmp_path / "job", [tmp_path / "face.mp4"], [tmp_path / "film.mp4"])


@pytest.fixture
def done(work):
    for job in jobs():
        execute(job, work)
    return work


def states(work, plan):
    return Ledger(work).states(plan)


def stale(work, plan):
    return {title for title, state in states(work, plan).items() if state != FRESH}


def test_at_first_everything_is_missing(work):
    assert set(states(work, jobs()).values()) == {MISSING}


def test_after_a_run_everything_is_fresh_and_is_not_run_again(done):
    assert not stale(done, jobs())
    before = {p: p.stat().st_mtime_ns for p in done.root.rglob("*") if p.is_file()}
    for job in jobs():
        execute(job, done)
    assert {p: p.stat().st_mtime_ns for p in done.root.rglob("*") if p.is_file()} == before


def test_a_changed_option_makes_its_stage_and_what_follows_stale_on_that_side_only(done):
    plan = jobs(target={"every": 2})
    assert stale(done, plan) == {"index target", "find target", "learn"}
    assert states(done, plan)["index target"] == STALE


def test_running_the_changed_stage_makes_its_followers_stale_by_themselves(done):
    plan = jobs(target={"every": 2})
    execute(plan[1], done)
    assert stale(done, plan) == {"find target", "learn"}
    for job in plan:
        execute(job, done)
    assert not stale(done, plan)


def test_changing_back_is_stale_too(done):
    changed = jobs(source={"every": 2})
    for job in changed:
        execute(job, done)
    assert "index source" in stale(done, jobs())


def test_an_option_that_affects_nothing_keeps_all_fresh(done):
    assert not stale(done, jobs(source={"workers": 3}))


def test_a_new_version_of_a_stage_is_stale(done):
    class Newer(Index):
        version = 2

    plan = [Job("index", Newer(), "source"), *jobs()[1:]]
    assert stale(done, plan) == {"index source", "find source", "learn"}


def test_changes_name_the_option_with_both_values(done):
    job = jobs(source={"every": 2})[0]
    assert Ledger(done).changes(job) == ["every was 1, is 2"]
    assert Ledger(done).changes(jobs()[0]) == []


def test_an_edited_artefact_makes_its_followers_stale_and_not_itself(done):
    plan = [Job("choose", Choose(), "target"), Job("follow", Follow(), "target")]
    for job in plan:
        execute(job, done)
    done.path("target/people").write_text("edited by hand\n")
    assert stale(done, plan) == {"follow target"}
    for job in plan:
        execute(job, done)
    assert done.path("target/people").read_text() == "edited by hand\n"
    assert not stale(done, plan)


@pytest.mark.parametrize("how", ["changed", "missing"])
def test_damage_to_what_nobody_edits_is_named_and_mended_by_the_command_that_is_named(done, how):
    path = done.path("target/frames")
    good = path.read_bytes()
    if how == "changed":
        path.write_bytes(good.replace(b"1", b"2"))
    else:
        path.unlink()
        path.touch()
    find = jobs()[3]
    with pytest.raises(Damaged, match=r"frames.json .*`faceswap index .* --side target --force`"):
        execute(find, done)
    execute(jobs()[1], done, force=True)
    assert path.read_bytes() == good
    assert not stale(done, jobs())
    execute(find, done, force=True)


def test_damage_in_the_middle_of_a_large_file_is_found_before_it_is_used(done):
    path = done.path("target/frames")
    execute(Job("index", Index(every=1 << 22), "target"), done)
    size = path.stat().st_size
    assert size > 3 * manifest.SAMPLE
    seen = Ledger(done).manifest.artefacts["target/frames"].fingerprint
    with path.open("rb+") as file:
        file.seek(size // 2)
        file.write(b"!")
    assert done.fingerprint("target/frames") == seen
    with pytest.raises(Damaged, match=r"frames.json has changed"):
        execute(jobs()[3], done)


def test_too_little_room_is_said_before_anything_is_touched(done):
    free = shutil.disk_usage(done.root).free
    job = Job("index", Index(every=2, bytes_needed=2 * free), "source")
    before = {p: p.stat().st_mtime_ns for p in done.root.rglob("*")}
    with pytest.raises(OutOfSpace, match=r"index source needs about .* are free: make room for"):
        execute(job, done)
    assert {p: p.stat().st_mtime_ns for p in done.root.rglob("*")} == before


def test_what_is_there_of_a_partial_artefact_is_not_needed_again(work):
    taken = work.partial("source/frames")
    taken.write_bytes(bytes(1 << 20))
    free = shutil.disk_usage(work.root).free
    room.demand(work, "index", free - room.LITTLE, [taken])
    with pytest.raises(OutOfSpace):
        room.demand(work, "index", free + (8 << 20), [taken])


def test_a_moved_and_a_copied_workspace_are_as_fresh_as_before(done, tmp_path):
    copy = Workspace.open(Path(shutil.copytree(done.root, tmp_path / "copy")))
    assert not stale(copy, jobs())
    done.root.rename(tmp_path / "elsewhere")
    assert not stale(Workspace.open(tmp_path / "elsewhere"), jobs())


def test_a_replaced_film_makes_all_of_its_side_stale(done):
    film = done.root / "source" / "media" / "face.mp4"
    film.unlink()
    film.write_bytes(b"another")
    assert stale(done, jobs()) == {"index source", "find source", "learn"}


def test_a_deleted_artefact_is_missing(done):
    done.path("source/faces").unlink()
    assert states(done, jobs())["find source"] == MISSING


def test_an_artefact_that_is_only_taken_into_account_makes_stale_when_it_appears(done):
    images = done.path("source/images")
    images.mkdir()
    (images / "1.png").write_bytes(b"edited")
    assert stale(done, jobs()) == {"find source", "learn"}


def test_force_runs_what_is_fresh(done):
    first = Ledger(done).manifest.artefacts["source/frames"]
    again = execute(jobs()[0], done, force=True)
    assert again.stamp == first.stamp
    assert done.path("source/frames").read_text() == "['face.mp4'] 1\n"


def test_an_input_that_is_not_there_is_said_before_anything_is_touched(work):
    with pytest.raises(MissingArtefact, match="run `faceswap extract"):
        execute(jobs()[2], work)
    assert not work.partial("source/faces").exists()
    assert not Ledger(work).manifest.partials


def interrupt(work):
    with pytest.raises(KeyboardInterrupt):
        execute(Job("index", Index(every=13), "source"), work)


def test_an_interrupted_stage_is_partial(work):
    interrupt(work)
    assert states(work, jobs(source={"every": 13}))["index source"] == PARTIAL


def test_the_same_job_goes_on_from_its_partial_artefact(work):
    interrupt(work)
    interrupt(work)
    assert len(work.partial("source/frames").read_text().splitlines()) == 2


def test_a_partial_artefact_of_other_options_is_dropped(work):
    interrupt(work)
    execute(jobs()[0], work)
    assert work.path("source/frames").read_text() == "['face.mp4'] 1\n"


def test_a_partial_artefact_of_other_inputs_is_dropped(work):
    interrupt(work)
    (work.root / "source/media/more.mp4").write_bytes(b"more")
    interrupt(work)
    assert work.partial("source/frames").read_text() == "['face.mp4', 'more.mp4'] 13\n"


def test_a_partial_artefact_nobody_knows_of_is_dropped(work):
    work.partial("source/frames").write_text("whose?\n")
    execute(jobs()[0], work)
    assert work.path("source/frames").read_text() == "['face.mp4'] 1\n"


def test_more_effort_goes_on_from_the_finished_model(done):
    job = jobs(model={"steps": 5})[-1]
    assert stale(done, [job]) == {"learn"}
    entry = execute(job, done)
    assert entry.summary == {"steps": 5, "done_before": 1}
    assert (done.path("model") / "steps").read_text().splitlines() == list("01234")


def test_the_manifest_says_how_an_artefact_was_made(done):
    entry = Ledger(done).manifest.artefacts["target/frames"]
    assert entry.stage == "index"
    assert entry.options == {"every": 1, "workers": 0, "bytes_needed": 0}
    assert list(entry.seals) == [""]
    assert entry.summary == {"films": 1}
    assert "numpy" in entry.versions


def test_the_key_depends_on_every_option_that_counts(work):
    changed = [Index(every=n) for n in (1, 2, 3)]
    stamps = {Ledger(work).key(Job("index", stage, "source")) for stage in changed}
    assert len(stamps) == 3
    same = dataclasses.replace(Index(), workers=7)
    assert Ledger(work).key(Job("index", same, "source")) in stamps


@dataclasses.dataclass(frozen=True)
class Timed(Index):
    """Counts a part of its time."""

    def run(self, work, progress=silent):
        with clock.part("decode"):
            return super().run(work, progress)


def test_what_the_time_went_into_is_kept_and_told(work):
    told = Told()
    clock.add({"network": 5.0})
    entry = execute(Job("index", Timed(), "source"), work, told)
    assert set(entry.parts) == {"decode"}
    assert Ledger(work).manifest.artefacts["source/frames"].parts == entry.parts
    assert [line.rpartition(" s,")[0].rpartition(" ")[0] for line in told.details] == [
        "index source: decode"
    ]

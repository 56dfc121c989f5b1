"""Two men in a film of three cuts: alone, the other alone, side by side, alone again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap import plan
from faceswap.alignment.crops import CropFolder
from faceswap.detection.faces import FrameFaces, read_faces
from faceswap.errors import BadOption, NoFaces
from faceswap.films.images import write_image
from faceswap.job import Job
from faceswap.ledger import Ledger, execute
from faceswap.people.people import Drop
from faceswap.people.people import People as Cast
from faceswap.storage.journal import Journal
from faceswap.workspace import Workspace
from stages.align import Align
from stages.detect import Detect
from stages.extract import Extract
from stages.people import People

#: Frames a shot; the talker is alone, the smiler is, both are (the talker left), the talker is.
SHOT = 10
TALKER, SMILER = "talker", "smiler"


def _frames(film: Path, count: int) -> list[NDArray[np.uint8]]:
    """Frames of 480 x 240, the face in the middle."""
    with av.open(str(film)) as given:
        frames = islice(given.decode(video=0), count)
        wide = [f.reformat(480, 480 * f.height // f.width, "rgb24").to_ndarray() for f in frames]
    return [w[(w.shape[0] - 240) // 2 :][:240] for w in wide]


@pytest.fixture(scope="module")
def film(
    tmp_path_factory: pytest.TempPathFactory,
    short_clip: Callable[..., Path],
    talking_clip: Path,
    other_clip: Path,
) -> Path:
    one, other = (_frames(clip, 2 * SHOT) for clip in (talking_clip, other_clip))
    middle = np.s_[:, 120:360]
    pairs = zip(one[SHOT:], other[SHOT:], strict=True)
    both = [np.hstack([a[middle], b[middle]]) for a, b in pairs]
    frames = [*one[:SHOT], *other[:SHOT], *both, *one[:SHOT]]
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with av.open(str(path), "w") as made:
        stream = made.add_stream("libx264", 25, options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = 480, 240, "yuv420p"
        for frame in frames:
            made.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame))))
        made.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory, film: Path) -> Workspace:
    work = Workspace.create(tmp_path_factory.mktemp("two") / "work", [film], [film])
    for job in plan.jobs(work, ["extract", "detect"], {"workers": 1}, {}, "target"):
        execute(job, work)
    return work


@pytest.fixture
def work(searched: Workspace, tmp_path: Path) -> Workspace:
    """A copy with frames and faces of the target."""
    shutil.copytree(searched.root, tmp_path / "work")
    return Workspace.open(tmp_path / "work").on("target")


def photo(film: Path, folder: Path, who: str) -> str:
    frame = _frames(film, 1)[0]
    write_image(folder / f"{who}.png", frame)
    return str(folder / f"{who}.png")


def who(frame: int, x: float) -> str:
    alone = (TALKER, SMILER, "", TALKER)[frame // SHOT]
    return alone or (TALKER if x < 240 else SMILER)


def picked(work: Workspace) -> dict[int, set[str]]:
    """Whose crops each frame has."""
    Align(size=64, workers=1).run(work)
    found: dict[int, set[str]] = {}
    for crop in CropFolder(work.path("crops")):
        found.setdefault(crop.frame, set()).add(who(crop.frame, crop.points[:, 0].mean()))
    return found


SEEN = {
    TALKER: [*range(SHOT), *range(2 * SHOT, 4 * SHOT)],
    SMILER: [*range(SHOT, 3 * SHOT)],
}


def test_the_one_seen_longest_is_swapped_in_each_of_its_frames_and_nobody_else(
    work: Workspace,
) -> None:
    summary = People().run(work)
    assert len(str(summary.pop("file"))) == 8
    assert summary == {"persons": 2, "swapped": "1", "tracks": 5, "shots": 4}
    people = Cast.load(work.path("people"))
    assert [(p.swap, p.shots, p.seconds) for p in people.person] == [
        (True, "1, 3-4", 1.2),
        (False, "2-3", 0.8),
    ]
    assert picked(work) == {n: {TALKER} for n in SEEN[TALKER]}
    sheet = cv2.imread(str(work.path("known") / "sheet.png"))
    assert sheet.shape == (2 * 128, 7 * 128, 3)


def test_the_one_of_a_photo_is_swapped_and_nobody_else(
    work: Workspace, other_clip: Path, tmp_path: Path
) -> None:
    People(identity=photo(other_clip, tmp_path, SMILER)).run(work)
    assert picked(work) == {n: {SMILER} for n in SEEN[SMILER]}


def test_both_are_swapped_where_both_are_wanted(work: Workspace) -> None:
    People(identity="all").run(work)
    both = {n: {p for p in SEEN if n in SEEN[p]} for n in range(4 * SHOT)}
    assert picked(work) == both


def test_a_photo_of_nobody_there_or_of_nothing_is_refused(
    work: Workspace, portrait: NDArray[np.uint8], tmp_path: Path
) -> None:
    write_image(tmp_path / "woman.png", portrait)
    with pytest.raises(NoFaces, match=r"nobody looks like .* at a distance of \d\.\d\d"):
        People(identity=str(tmp_path / "woman.png")).run(work)
    with pytest.raises(BadOption, match="is not there"):
        People(identity=str(tmp_path / "none.png")).run(work)
    assert not work.exists("people")


def _renamed(work: Workspace) -> None:
    """Faces as detected anew: the same, in other tracks, and one frame fewer."""
    lines = list(read_faces(work.path("faces")))
    lines[0] = FrameFaces(0)
    work.path("faces").unlink()
    Journal(work.path("faces"), FrameFaces).append(lines)
    if work.manifest().artefacts:
        detect = Job("detect", Detect(), "target")
        Ledger(work.on("")).record(detect, detect.outputs, {"again": 1}, 0.0)


def test_decisions_and_names_survive_detection(work: Workspace) -> None:
    People().run(work)
    people = Cast.load(work.path("people"))
    people.person[0].swap, people.person[1].swap = False, True
    people.person[1].name = "Bob"
    people.drop = [Drop(frames="12", person=2), Drop(track=1)]
    # The number goes with the face, not with the place in the file.
    people.person[0].number, people.person[1].number = 2, 7
    people.drop[0].person = 7
    people.save(work.path("people"))
    People().run(work)
    _renamed(work)
    People().run(work)
    after = {p.name: p for p in Cast.load(work.path("people")).person}
    assert (after["Bob"].number, after["Bob"].swap, after["Bob"].shots) == (7, True, "2-3")
    assert Cast.load(work.path("people")).drop == [Drop(frames="12", person=7)]
    assert picked(work) == {n: {SMILER} for n in SEEN[SMILER] if n != 12}


def test_a_track_moved_by_hand_stays_where_it_was_put(work: Workspace) -> None:
    People().run(work)
    people = Cast.load(work.path("people"))
    moved = people.person[1].tracks.split("-")[0]
    people.person[1].tracks = people.person[1].tracks.split("-")[1]
    people.person[0].tracks += f", {moved}"
    people.save(work.path("people"))
    People(identity="all").run(work)
    after = Cast.load(work.path("people"))
    assert [p.shots for p in after.person] == ["1-4", "3"]
    assert [p.swap for p in after.person] == [True, True]


def test_only_what_follows_gets_stale_by_an_edit(work: Workspace) -> None:
    names = ["extract", "detect", "people", "align"]
    jobs = plan.jobs(work.on(""), names, {"size": 64, "workers": 1}, {}, "target")
    for job in jobs[2:]:
        execute(job, work.on(""))
    assert set(Ledger(work.on("")).states(jobs).values()) == {"fresh"}
    path = work.path("people")
    path.write_text(path.read_text().replace("swap = false", "swap = true"))
    states = Ledger(work.on("")).states(jobs)
    assert list(states.values()) == ["fresh", "fresh", "fresh", "stale"]
    # Nor does it get fresh when the edited file is gone through again.
    execute(jobs[2], work.on(""), force=True)
    assert Ledger(work.on("")).states(jobs)["align target"] == "stale"


def test_an_identity_stays_without_being_asked_for_again(
    work: Workspace, other_clip: Path, tmp_path: Path
) -> None:
    whole, wanted = work.on(""), photo(other_clip, tmp_path, SMILER)

    def people(**flags: str) -> tuple[bool, list[str]]:
        (job,) = plan.jobs(whole, ["people"], flags, {}, "target")
        fresh = Ledger(whole).fresh(job)
        execute(job, whole)
        return fresh, [p.shots for p in Cast.load(work.path("people")).person if p.swap]

    assert people(identity=wanted) == (False, ["2-3"])
    assert people() == people(identity=wanted) == (True, ["2-3"])
    _renamed(work)
    assert people() == (False, ["2-3"])
    assert len(people(identity="all")[1]) > 1
    assert people(identity=wanted) == (False, ["2-3"])
    photo(other_clip, tmp_path, SMILER)
    assert people(identity=wanted)[0]
    write_image(Path(wanted), _frames(other_clip, 3)[2])
    assert not people(identity=wanted)[0]


def test_a_photo_is_for_the_target_alone(work: Workspace, tmp_path: Path) -> None:
    flags = {"identity": "ann.png", "source_identity": "bob.png"}
    source, target = plan.jobs(work.on(""), ["people"], flags, {})
    assert (source.stage.identity, source.stage.source_identity) == ("", "bob.png")
    assert (target.stage.identity, target.stage.source_identity) == ("ann.png", "")
    with pytest.raises(BadOption, match="--identity is for the target alone"):
        plan.jobs(work.on(""), ["people"], {"identity": "ann.png"}, {}, "source")
    (work.root / "faceswap.toml").write_text("[source.people]\nidentity = 'all'\n")
    with pytest.raises(BadOption, match=r"\[source.people\] identity: that is for the target"):
        plan.jobs(work.on(""), ["people"], {}, dict(os.environ))


def test_photos_of_several_people_are_told_apart(
    tmp_path: Path, portrait: NDArray[np.uint8], talking_clip: Path, other_clip: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    faces = [portrait, cv2.flip(portrait, 1), *_frames(talking_clip, 1), *_frames(other_clip, 1)]
    for number, image in enumerate(faces):
        write_image(folder / f"{number}.png", image)
    work = Workspace.create(tmp_path / "job", [folder], [talking_clip]).on("source")
    for stage in (Extract(), Detect(workers=1), People()):
        stage.run(work)
    people = Cast.load(work.path("people"))
    assert [(p.shots, p.swap) for p in people.person] == [("1-2", True), ("3", False), ("4", False)]

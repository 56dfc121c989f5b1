"""Corrections of two people in a film of two shots; the faces are written by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceswap import plan
from faceswap.detection.faces import FrameFaces, make_face
from faceswap.errors import BadOption
from faceswap.films.frame_index import Clip, Frame, FrameIndex
from faceswap.ledger import execute
from faceswap.people.people import People, Person
from faceswap.pictures.geometry import MEAN_FACE
from faceswap.stage import Summary
from faceswap.storage.journal import Journal
from faceswap.workspace import Workspace
from stages.faces import Faces
from told import Told

#: Frames of a shot; ann is left of bob.
SHOT = 10


def seen(x: int, track: int):  # type: ignore[no-untyped-def]
    return make_face((x, 0, x + 9, 9), 1, MEAN_FACE * 9 + (x, 0), 0, track)


@pytest.fixture
def work(tmp_path: Path) -> Workspace:
    (tmp_path / "film.mp4").write_bytes(b"film")
    films = [tmp_path / "film.mp4"]
    work = Workspace.create(tmp_path / "job", films, films).on("target")
    frames = [Frame(n, 1, n, n == 0, n % SHOT == 0) for n in range(2 * SHOT)]
    clip = Clip("media/film.mp4", "video", 64, 64, (1, 25), (25, 1), frames)
    FrameIndex([clip]).save(work.path("frames"))
    both = [FrameFaces(n, [seen(0, 8), seen(30, 9)]) for n in range(SHOT)]
    alone = [FrameFaces(n, [seen(0, 70)]) for n in range(SHOT, 2 * SHOT - 1)]
    Journal(work.path("faces"), FrameFaces).append([*both, *alone, FrameFaces(2 * SHOT - 1)])
    ann = Person(number=1, name="ann", swap=True, tracks="1, 3")
    bob = Person(number=2, name="bob", tracks="2")
    People(person=[ann, bob]).save(work.path("people"))
    work.path("known").mkdir()
    return work


def faces(work: Workspace, **options: object) -> tuple[Summary, list[str]]:
    told, stage = Told(), Faces(**options)  # type: ignore[arg-type]
    stage.validate()
    return stage.run(work, told), told.lines


def test_without_corrections_it_tells_who_is_where(work: Workspace) -> None:
    summary, lines = faces(work)
    assert summary == {"frames": 20, "faces": 29, "faces_swapped": 19}
    assert lines == [
        "target 1 ann: 19 faces swapped, tracks 1, 3, frames 0-18",
        "target 2 bob: left alone, tracks 2, frames 0-9",
        "target: no face in frames 19",
    ]
    _, lines = faces(work, person=1)
    assert lines == [
        "track 1: person 1, shot 1, 10 of 10 faces swapped, frames 0-9",
        "track 3: person 1, shot 2, 9 of 9 faces swapped, frames 10-18",
    ]
    assert faces(work, track=2)[1] == [
        "track 2: person 2, shot 1, 0 of 10 faces swapped, frames 0-9"
    ]


def test_frames_are_dropped_of_all_or_of_one(work: Workspace) -> None:
    summary, lines = faces(work, drop=("3-5", "12"))
    assert summary == {"faces_swapped": 15, "before": 19}
    assert "dropped: frames 3-5, 12" in lines
    assert faces(work, drop=("0-9",), person=2)[0]["faces_swapped"] == 15
    assert faces(work, drop=("all",), track=3)[0]["faces_swapped"] == 7
    assert [d.track for d in People.load(work.path("people")).drop] == [0, 0, 3]


def test_a_track_is_given_to_another_person(work: Workspace) -> None:
    assert faces(work, track=3, person=2)[0] == {"faces_swapped": 10, "before": 19}
    assert [p.tracks for p in People.load(work.path("people")).person] == ["1", "2-3"]


def test_each_correction_can_be_taken_back(work: Workspace) -> None:
    texts = [work.path("people").read_text()]
    for options in ({"drop": ("3",)}, {"track": 3, "person": 2}):
        faces(work, **options)
        texts.append(work.path("people").read_text())
    assert len(set(texts)) == 3
    for text in reversed(texts[:-1]):
        faces(work, undo=True)
        assert work.path("people").read_text() == text
    with pytest.raises(BadOption, match=r"no correction of .* is left to take back"):
        faces(work, undo=True)


def test_taking_back_does_not_overwrite_what_was_edited_by_hand(work: Workspace) -> None:
    faces(work, drop=("3",))
    path = work.path("people")
    path.write_text(path.read_text().replace("bob", "Robert"))
    with pytest.raises(BadOption, match="was edited since"):
        faces(work, undo=True)
    assert "Robert" in path.read_text()


@pytest.mark.parametrize("killed", ["before the correction", "before it is forgotten"])
def test_a_correction_that_a_kill_came_into_can_be_taken_back_as_if_none_had(
    work: Workspace, killed: str
) -> None:
    path, log = work.path("people"), work.path("known") / "corrections.json"
    faces(work, drop=("3",))
    first, steps = path.read_text(), log.read_bytes()
    faces(work, drop=("5",))
    if killed == "before the correction":
        path.write_text(first)
    else:
        kept = log.read_bytes()
        faces(work, undo=True)
        assert log.read_bytes() == steps
        log.write_bytes(kept)
    faces(work, undo=True)
    assert not People.load(path).drop


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"drop": ("5-3",)}, "--drop: expected numbers"),
        ({"drop": ("all",)}, "takes out every face"),
        ({"drop": ("3",), "person": 7}, "no person 7: there are 1-2"),
        ({"person": 7}, "no person 7"),
        ({"track": 4}, "no track 4: they are numbered from 1 to 3"),
        ({"undo": True, "drop": ("3",)}, "--undo goes alone"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    work: Workspace, options: dict[str, object], says: str
) -> None:
    before = work.path("people").read_text()
    with pytest.raises(BadOption, match=says):
        faces(work, **options)
    assert work.path("people").read_text() == before


def test_as_a_command_it_is_for_the_target_and_done_each_time(work: Workspace) -> None:
    (job,) = plan.jobs(work.on(""), ["faces"], {"drop": ("3",), "person": 1}, {})
    assert job.title == "faces target"
    before = work.path("people").read_text()
    for _ in range(2):
        execute(job, work.on(""))
        # The same once more, as after a kill, is no second correction.
        execute(job, work.on(""))
        assert len(People.load(work.path("people")).drop) == 1
        work.path("people").write_text(before)
    assert "faces" not in plan.order() and "faces" in plan.corrections()

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap.crew import Crew
from faceswap.detection.detectors import open_detector
from faceswap.detection.landmarks import Landmarker
from faceswap.errors import BadMedia, BadOption, NoFaces
from faceswap.evaluation.evaluation import Effort, Evaluation, Films, _stretches, _tasks, evaluate
from faceswap.evaluation.evaluation_record import read_figures, record_of, write_record
from faceswap.evaluation.evaluation_report import PAGE, write_page
from faceswap.evaluation.figures import missing, unswapped
from faceswap.evaluation.gallery import Gallery
from faceswap.evaluation.metrics import METRICS
from faceswap.evaluation.observing import Observer
from faceswap.evaluation.portraits import places_of
from faceswap.evaluation.reel import Reel
from faceswap.pictures.geometry import INNER, MEAN_FACE, similarity

COUNT = 14
#: Frames of the output without a face, and with the target's own.
GONE, STILL = (5, 6), (9,)
QUICK = Effort(samples=3, crew=Crew(1))

Image = NDArray[np.uint8]
FIND, MARK = cache(open_detector), cache(Landmarker)


def frames(path: Path) -> list[Image]:
    with Reel.of(path).reader() as reader:
        return [image for _, image in reader.frames()]


def write(path: Path, images: list[Image]) -> Path:
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", 25, options={"crf": "12", "preset": "ultrafast"})
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for image in images:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        film.mux(stream.encode(None))
    return path


def landmarks(image: Image) -> NDArray[np.float64]:
    return MARK().locate(image, FIND("blaze").find(image, 40)[0]).points


def swapped(image: Image, donor: Image, of: NDArray[np.float64]) -> Image:
    """The donor's face laid on the picture's."""
    at = landmarks(image)
    matrix = similarity(of[INNER], at[INNER])
    size = image.shape[1::-1]
    mask = np.zeros(donor.shape[:2], np.float32)
    cv2.fillConvexPoly(mask, cv2.convexHull(of.astype(np.int32)), 1.0)
    mask = cv2.GaussianBlur(cv2.warpAffine(mask, matrix, size), (0, 0), 2)[..., None]
    laid = cv2.warpAffine(donor, matrix, size, flags=cv2.INTER_CUBIC)
    return (image * (1 - mask) + laid * mask).astype(np.uint8)


@pytest.fixture(scope="module")
def films(
    tmp_path_factory: pytest.TempPathFactory,
    short_clip: Callable[..., Path],
    talking_clip: Path,
    other_clip: Path,
) -> Films:
    """The first frame of the other man's film, laid on the face of the talking one."""
    folder = tmp_path_factory.mktemp("films")
    source, target = short_clip(other_clip, 10, 320), short_clip(talking_clip, COUNT, 320)
    donor = frames(source)[0]
    of = landmarks(donor)
    images = []
    for number, image in enumerate(frames(target)):
        if number in GONE:
            image = image.copy()
            image[:] = 128
        images.append(image if number in (*GONE, *STILL) else swapped(image, donor, of))
    output = write(folder / "output.mp4", images)
    return Films(Reel.of(source), Reel.of(target), Reel.of(output))


@pytest.fixture(scope="module")
def found(films: Films) -> Evaluation:
    return evaluate(films, QUICK)


def test_a_laid_on_face_is_told_from_the_targets(found: Evaluation) -> None:
    figures, floor = found.figures, found.floor
    assert figures["margin"] > floor["margin"] + 0.2
    assert figures["gain"] > 0.3 > 0.1 > abs(floor["gain"])
    assert figures["top1"] > floor["top1"] == 0
    assert figures["tone"] > 3 * floor["tone"]


def test_frames_without_a_face_and_unswapped_ones_are_counted_and_listed(
    found: Evaluation,
) -> None:
    assert missing(found.series) == list(GONE)
    assert unswapped(found.series, found.noise) == list(STILL)
    assert found.figures["face_found"] == pytest.approx(1 - len(GONE) / COUNT)
    assert found.figures["unswapped"] == len(STILL)


def test_the_floor_is_near_what_a_perfect_copy_has(found: Evaluation) -> None:
    floor = found.floor
    assert floor["face_found"] == 1 and floor["mouth_lag"] == 0
    assert abs(floor["jitter"] - 1) < 0.25 and abs(floor["flicker"]) < 0.5
    assert floor["pose_error"] < 1 and floor["expression_error"] < 0.01
    assert floor["seam"] < 0.5 and floor["tone"] < 0.5 and floor["psnr_outside"] > 38
    assert found.best["margin"] > 0.3 and found.best["gain"] > 0.8


def test_the_record_has_every_metric_and_reads_back(found: Evaluation, tmp_path: Path) -> None:
    record = record_of(found)
    write_record(tmp_path, record)
    figures = read_figures(tmp_path)
    assert list(figures) == [metric.name for metric in METRICS]
    assert figures["margin"] == pytest.approx(found.figures["margin"], abs=1e-4)
    assert figures["blinks_kept"] is None
    assert record["frames_missing"] == 2 and record["frames_total"] == COUNT
    assert record["frames"]["missing"] == list(GONE)


def test_the_page_shows_the_faults_first(found: Evaluation, films: Films, tmp_path: Path) -> None:
    write_page(tmp_path, films, found, {"merge": {"color": "lab"}})
    text = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert text.count("<svg") >= 8 and "data:video/mp4;base64," in text
    assert "no face in the output: 2 frames</h3><p>5-6</p>" in text
    assert text.index('alt="source, target and output of frame 5"') < text.index("frame 9")
    assert "currentColor" in text and "http://" not in text.replace("http://www.w3.org", "")
    assert len(text) < 3_000_000


def test_a_stretch_is_seen_the_same_from_wherever_it_begins(films: Films) -> None:
    observer = Observer(films.target, films.target)
    whole, part = (observer(_tasks([span], None, 0)[0]) for span in ((0, COUNT), (8, COUNT)))
    for one, other in zip(whole[8:], part, strict=True):
        assert one.frame == other.frame
        assert np.abs(one.target - other.target).max() < 2


def test_a_face_counts_only_where_one_was_swapped(films: Films) -> None:
    with films.target.reader() as reader:
        at = [(number, landmarks(image)) for number, image in reader.frames(0, 3)]
    elsewhere = places_of((number, points + 150) for number, points in at)
    for places, seen in ((places_of(at), True), (elsewhere, False)):
        task = _tasks([(0, 3)], places, 0)[0]
        found = Observer(films.target, films.target)(task)
        assert [one.target is not None for one in found] == [seen] * 3
        assert [one.faces for one in found] == [1] * 3


def test_of_several_swapped_faces_one_is_looked_at_throughout() -> None:
    left, right = MEAN_FACE * 90, MEAN_FACE * 100 + (300, 0)
    pairs = [(0, left), (0, right), (1, right + 2), (1, left + 2), (2, left + 4), (4, right)]
    places = places_of(pairs)
    assert [round(places[n].x) for n in (0, 1, 2)] == [45, 47, 49]
    assert places[4].x > 300


def test_photos_of_any_size_are_judged_too(tmp_path: Path, portrait: Image) -> None:
    for folder, changed in (("source", False), ("target", False), ("output", True)):
        (tmp_path / folder).mkdir()
        for number in range(3):
            picture = cv2.resize(portrait, None, fx=1 + number / 4, fy=1 + number / 4)
            picture = np.full_like(picture, 128) if changed and number == 1 else picture
            cv2.imwrite(str(tmp_path / folder / f"{number}.png"), picture[..., ::-1])
    reels = [Reel.of(tmp_path / name) for name in ("source", "target", "output")]
    films = Films(*reels)
    found = evaluate(films, QUICK)
    assert missing(found.series) == [1] and unswapped(found.series, found.noise) == [0, 2]
    assert found.figures["mouth_correlation"] is None and found.figures["jitter"] is None
    write_page(tmp_path, films, found, {})
    assert "<video" not in (tmp_path / PAGE).read_text(encoding="utf-8")


def test_films_of_other_lengths_are_refused(films: Films) -> None:
    with pytest.raises(BadMedia, match=f"output has 10 frames, the target {COUNT}"):
        evaluate(Films(films.source, films.target, films.source), QUICK)


def test_where_nothing_was_swapped_there_is_nothing_to_judge(films: Films) -> None:
    with pytest.raises(NoFaces, match="no face was found where one was swapped"):
        evaluate(Films(films.source, films.target, films.output, places={}), QUICK)


def test_long_films_are_measured_in_whole_stretches_spread_over_them() -> None:
    ranges = [(n, n + 50) for n in range(0, 1000, 50)]
    assert _stretches(ranges, 0) == _stretches(ranges, 1000) == ranges
    chosen = _stretches(ranges, 200)
    assert len(chosen) == 4 and chosen[0] == ranges[0] and chosen[-1] == ranges[-1]


def test_a_gallery_holds_a_person_a_photo_and_a_person_a_folder(
    tmp_path: Path, portrait: Image
) -> None:
    (tmp_path / "anna").mkdir()
    for path in ("anna/1.png", "anna/2.png", "eva.jpg"):
        cv2.imwrite(str(tmp_path / path), portrait[..., ::-1])
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((200, 200, 3), 90, np.uint8))
    found = Gallery.of(tmp_path, workers=1)
    assert found.names == ["anna", "eva.jpg"] and found.left_out == ["wall.png"]
    assert np.linalg.norm(found.means[0] - found.means[1]) < 0.2
    assert Gallery.of(None) == Gallery()


def test_a_gallery_without_pictures_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(BadOption, match=r"gallery|expected photos"):
            Gallery.of(folder)

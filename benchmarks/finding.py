"""What detect, align and warp cost a frame, as ratios to the usual loop and to decoding alone.

    python benchmarks/finding.py FILM [--frames 600] [--width 1280] [--usual 60]

The film is brought to 16:9 of the given width first; one that has fewer frames goes forth and back,
so that it has no cuts. Decoding has all cores, as have the stages;
the usual loop is one process: every frame decoded, HOG on all of it, landmarks; it sees as many
frames as `--usual` says. Also printed: on how many frames the boxes agree with its boxes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import av
import cv2
import dlib
import face_recognition_models
import numpy as np
from av.video.frame import PictureType

from faceswap import clock
from faceswap.alignment.crops import CropFolder
from faceswap.bench import floors
from faceswap.detection.faces import read_faces
from faceswap.detection.found import Found, overlap
from faceswap.films.frame_index import FrameIndex
from faceswap.stage import Stage
from faceswap.workspace import Workspace
from stages.align import Align
from stages.detect import Detect
from stages.extract import Extract
from stages.people import People
from stages.warp import Warp


def enlarged(film: Path, to: Path, frames: int, width: int) -> None:
    """The film's first frames at another size, H.264; forth and back until there are enough."""
    with av.open(str(film)) as given, av.open(str(to), "w") as made:
        stream = made.add_stream("libx264", 25, options={"preset": "veryfast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = width, width * 9 // 16, "yuv420p"
        shown = list(islice(given.decode(video=0), frames))
        for number, frame in enumerate(islice(cycle([*shown, *shown[-2:0:-1]]), frames)):
            large = frame.reformat(stream.width, stream.height)
            large.pts, large.time_base = number, Fraction(1, 25)
            large.pict_type = PictureType.NONE
            made.mux(stream.encode(large))
        made.mux(stream.encode(None))


def timed(work: Callable[[], object]) -> float:
    """Seconds of processor and waiting that the work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def plain(film: Path, frames: int) -> list[list[Found]]:
    """Decode, HOG on the full frame, landmarks: the faces of each frame."""
    detector = dlib.get_frontal_face_detector()
    predictor = dlib.shape_predictor(face_recognition_models.pose_predictor_model_location())
    found = []
    with av.open(str(film)) as given:
        for frame in islice(given.decode(video=0), frames):
            # dlib reads a copy of rows with gaps after it is gone.
            image = np.ascontiguousarray(frame.to_ndarray(format="rgb24"))
            faces = detector(image, 0)
            for face in faces:
                predictor(image, face)
            found.append([_box(face) for face in faces])
    return found


def _box(face: Any) -> Found:
    return Found.of_box(face.left(), face.top(), face.right(), face.bottom(), 0.0, 1.0)


def compare(usual: list[list[Found]], work: Workspace) -> None:
    """Print on how many of the usual loop's frames ours shows the same face."""
    best, missed, more = [], 0, 0
    for line, others in zip(read_faces(work.path("faces")), usual, strict=False):
        ours = [Found.of_box(*face.box, 0.0, 1.0) for face in line.faces]
        missed += bool(others) and not ours
        more += bool(ours) and not others
        best += [max(overlap(o, f) for f in ours) for o in others if ours]
    same = np.mean(np.array(best) >= 0.8) if best else 0.0
    print(
        f"IoU >= .8 with the usual loop's boxes: {same:.1%} of {len(best)}; median IoU "
        f"{np.median(best):.2f}; missed {missed} frames it has, found {more} that it lacks"
    )


def measured(stage: Stage, work: Workspace, frames: int) -> float:
    """Seconds of a stage; its parts are printed, a millisecond being of one core."""
    clock.take()
    seconds = timed(lambda: stage.run(work))
    parts = {name: round(s / frames * 1e3, 2) for name, s in clock.take().items()}
    print(f"{type(stage).__name__.lower():8} {seconds / frames * 1e3:7.2f} ms a frame  {parts}")
    return seconds


def main() -> None:
    """Print each stage's milliseconds a frame, and its ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path)
    parser.add_argument("--frames", type=int, default=600)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--usual", type=int, default=60)
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        enlarged(asked.film, film, asked.frames, asked.width)
        work = Workspace.create(Path(folder) / "work", [film], [film])
        sides = [work.on(side) for side in ("source", "target")]
        for side in sides:
            Extract().run(side)
        _report(film, work, asked.usual)


def _report(film: Path, work: Workspace, usual: int) -> None:
    source, target = (work.on(side) for side in ("source", "target"))
    frames = len(FrameIndex.load(target.path("frames")))
    decoding = floors.decode(film) * frames
    print(f"decoding {decoding / frames * 1e3:7.2f} ms a frame")
    found: list[list[Found]] = []
    slow = timed(lambda: found.extend(plain(film, usual))) / max(len(found), 1) * frames
    detecting = measured(Detect(descriptors="none"), target, frames)
    print(f"  {decoding / detecting:.0%} of decoding's speed")
    if usual:
        print(
            f"  {slow / detecting:.1f} times as fast as the usual loop: {slow / frames * 1e3:.1f}"
        )
        compare(found, target)
    Detect(descriptors="none").run(source)
    for side in (source, target):
        People().run(side)
    aligning = measured(Align(), target, frames)
    print(f"  {aligning / decoding:.2f} of decoding's time")
    Align().run(source)
    crops = CropFolder(target.path("crops"))
    reading = timed(lambda: [crops.picture(crop) for crop in crops]) * 2
    warping = sum(measured(Warp(), side, frames) for side in (source, target))
    print(
        f"  {warping / reading:.2f} of reading both sides' crops, "
        f"{warping / 2 / decoding:.2f} of decoding a film"
    )


if __name__ == "__main__":
    main()

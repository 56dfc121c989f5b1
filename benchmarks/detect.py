"""What detect costs a frame, as a ratio to the usual loop: HOG on every full frame, landmarks.

    python benchmarks/detect.py FILM [--frames 120] [--width 1280]

The film is brought to 16:9 of the given width first; both ways run in one process and one thread.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import dlib
import face_recognition_models

from faceswap.workspace import Workspace
from stages.detect import Detect
from stages.extract import Extract


def enlarged(film: Path, to: Path, frames: int, width: int) -> None:
    """The film's first frames at another size, H.264."""
    with av.open(str(film)) as given, av.open(str(to), "w") as made:
        stream = made.add_stream("libx264", 25, options={"preset": "veryfast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = width, width * 9 // 16, "yuv420p"
        for number, frame in enumerate(islice(given.decode(video=0), frames)):
            large = frame.reformat(stream.width, stream.height)
            large.pts, large.time_base = number, Fraction(1, 25)
            made.mux(stream.encode(large))
        made.mux(stream.encode(None))


def plain(film: Path) -> None:
    """Decode, HOG on the full frame, landmarks."""
    detector = dlib.get_frontal_face_detector()
    model = face_recognition_models.pose_predictor_model_location()
    predictor = dlib.shape_predictor(model)
    with av.open(str(film)) as given:
        for frame in given.decode(video=0):
            image = frame.to_ndarray(format="rgb24")
            for face in detector(image, 0):
                predictor(image, face)


def timed(work: Callable[[], object]) -> float:
    """Seconds of processor and waiting that the work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    """Print both ways' milliseconds a frame, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path)
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--width", type=int, default=1280)
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        enlarged(asked.film, film, asked.frames, asked.width)
        work = Workspace.create(Path(folder) / "work", [film], [film]).on("target")
        Extract().run(work)
        usual = timed(lambda: plain(film))
        print(f"full-frame HOG and landmarks  {usual / asked.frames * 1e3:7.1f} ms a frame")
        for detector in ("blaze", "hog"):
            stage = Detect(detector=detector, descriptors="none", workers=1)
            ours = timed(lambda stage=stage: stage.run(work))
            print(
                f"detect, {detector:5}                 {ours / asked.frames * 1e3:7.1f} ms a frame,"
                f" {usual / ours:4.1f} times as fast"
            )


if __name__ == "__main__":
    main()

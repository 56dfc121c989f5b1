"""dlib's two face networks as Keras runs them, as ratios to dlib itself.

    python benchmarks/networks.py FILM [--repeats 5]

Both take all cores they can use: dlib's wheel one. With `--threads 1`, Keras has one too. Each
figure is the median of its repeats.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import av
import cv2
import dlib
import face_recognition_models
import numpy as np

#: Batches of descriptors, and of frames of each size.
FACES = (1, 4, 16, 64)
SIZES = {(640, 360): (1, 4), (1280, 720): (1, 2), (220, 220): (1, 8)}


def median(work: Callable[[], object], repeats: int) -> float:
    """Milliseconds that the work takes, after once for nothing."""
    work()
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        taken.append(1e3 * (time.perf_counter() - begun))
    return float(np.median(taken))


def said(what: str, batch: int, theirs: float, ours: float) -> None:
    """One line of the table."""
    print(f"{what:12} batch {batch:3}: {ours / batch:8.1f} ms, {theirs / ours * batch:5.1f} x dlib")


def descriptors(chips: Any, repeats: int) -> None:
    """Prints what a face costs, in batches."""
    path = face_recognition_models.face_recognition_model_location()
    dlibs = dlib.face_recognition_model_v1(path)
    theirs = median(lambda: dlibs.compute_face_descriptor(chips[0]), repeats)
    print(f"descriptor   dlib     : {theirs:8.1f} ms")
    begun = time.perf_counter()
    from faceswap.detection.face_resnet import FaceResnet

    network = FaceResnet()
    network.describe(chips[:1])
    start = 1e3 * (time.perf_counter() - begun)
    print(f"descriptor   start    : {start:8.1f} ms, as long as {start / theirs:.0f} faces by dlib")
    for count in FACES:
        said(
            "descriptor",
            count,
            theirs,
            median(lambda n=count: network.describe(chips[:n]), repeats),
        )
    few = np.array([dlibs.compute_face_descriptor(chip) for chip in chips[:8]])
    print(f"descriptor   differs by at most {np.abs(network.describe(chips[:8]) - few).max():.1e}")


def detection(frames: list[Any], repeats: int) -> None:
    """Prints what a search costs, at several sizes."""
    from faceswap.detection.mmod import Mmod

    path = face_recognition_models.cnn_face_detector_model_location()
    dlibs, network = dlib.cnn_face_detection_model_v1(path), Mmod()
    for size, batches in SIZES.items():
        pictures = [cv2.resize(frame, size) for frame in frames]
        begun = time.perf_counter()
        found = dlibs(pictures[0], 0)
        theirs = 1e3 * (time.perf_counter() - begun)
        name = f"{size[0]}x{size[1]}"
        print(f"{name:12} dlib     : {theirs:8.1f} ms, {len(found)} faces")
        for count in batches:
            some = pictures[:count]
            said(name, count, theirs, median(lambda s=some: network.find_all(s, 80), repeats))


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0, help="of Keras; 0: all cores")
    asked = parser.parse_args()
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(asked.threads)
    with av.open(str(asked.film)) as film:
        frames = [f.to_ndarray(format="rgb24") for f in islice(film.decode(video=0), 8)]
    first = cv2.resize(frames[0], (150, 150))
    chips = np.stack([np.roll(first, (n, 2 * n), (0, 1)) for n in range(max(FACES))])
    descriptors(chips, asked.repeats)
    detection(frames, asked.repeats)


if __name__ == "__main__":
    main()

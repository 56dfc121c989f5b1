"""What putting a face into a frame costs, as a ratio to blending the whole frame in float.

    python benchmarks/blend.py [--width 1920] [--face 400] [--size 96]

One thread; the face's opaque part is as wide as asked. Each line is the quickest
of many runs. The default way is the blend with detail, and the colours of one transfer.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.compositing import color
from faceswap.compositing.blending import BLENDS, Blend
from faceswap.pictures.geometry import Matrix, compose
from faceswap.pictures.sampling import sample

#: Side of the opacity, and how much of it the face is wide.
SIDE, SHARE = 256, 0.75
RUNS = 25


def picture(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """Something with all sizes of detail, (height, width, 3)."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for side in (8, 32, 128):
        rough = random.normal(128, 20, (-(-height // side), -(-width // side), 3)).astype(
            np.float32
        )
        total += cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC) / 3
    return (total + random.normal(0, 2, total.shape)).clip(0, 255).astype(np.uint8)


def opacity() -> NDArray[np.float32]:
    """A soft ellipse in the middle of the square."""
    y, x = (np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2) / (SIDE / 2)
    return np.clip((SHARE - np.hypot(x, y * 0.85)) / 0.15, 0, 1).astype(np.float32)


def whole(
    frame: NDArray[np.uint8], face: NDArray[np.float32], alpha: NDArray[np.float32], matrix: Matrix
) -> NDArray[np.uint8]:
    """The plain way: the face and its mask warped onto the frame, all of it mixed in float."""
    size, flags = frame.shape[1::-1], cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    wide = cv2.resize(alpha, face.shape[:2], interpolation=cv2.INTER_AREA)
    mask = cv2.warpAffine(wide, matrix, size, flags=flags).clip(0, 1)[..., None]
    new = cv2.warpAffine(face, matrix, size, flags=flags)
    old = frame.astype(np.float32) / 255
    return np.round((new * mask + old * (1 - mask)).clip(0, 1) * 255).astype(np.uint8)


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of one processor that the work takes, the quickest of some runs."""
    taken = []
    for _ in range(RUNS):
        begun = time.thread_time()
        work()
        taken.append(time.thread_time() - begun)
    return min(taken) * 1e3


def main() -> None:
    """Print a line for the plain way, each way to blend and each way to bring colours over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=1920)
    parser.add_argument("--face", type=int, default=400)
    parser.add_argument("--size", type=int, default=96)
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    frame = picture(asked.width * 9 // 16, asked.width, 0)
    face = picture(asked.size, asked.size, 1).astype(np.float32) / np.float32(255)
    scale = asked.size * SHARE / asked.face
    turned = cv2.getRotationMatrix2D((asked.width * 0.5, asked.width * 0.28), 5, scale)
    middle = asked.size / 2 - np.array([asked.width * 0.5, asked.width * 0.28])
    matrix = compose(np.column_stack([np.eye(2), middle]), turned)
    alpha = opacity()
    plain = timed(lambda: whole(frame, face, alpha, matrix))
    print(f"the whole frame in float    {plain:6.1f} ms")

    def tell(name: str, work: Callable[[], object]) -> float:
        taken = timed(work)
        print(f"{name:26}  {taken:6.1f} ms, {taken / plain:5.2f} of that")
        return taken

    for how in BLENDS:
        for detail in (0.0, 1.0):
            blend = Blend(how, detail, detail)
            tell(f"{how}, detail {detail:.0f}", lambda b=blend: b.patch(frame, face, alpha, matrix))
    weights = cv2.resize(alpha, face.shape[:2], interpolation=cv2.INTER_AREA)
    tell("the old face in its square", lambda: sample(frame, matrix, asked.size))
    old = sample(frame, matrix, asked.size).astype(np.float32) / np.float32(255)
    for how in color.TRANSFERS[1:]:

        def bring(how: str = how) -> object:
            return color.apply(how, face, color.measure(how, face, old, weights))

        tell(f"colours, {how}", bring)


if __name__ == "__main__":
    main()

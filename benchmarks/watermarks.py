"""Which invisible watermarks of other packages survive what happens to films.

    python benchmarks/watermarks.py .media/jwpIntro.mp4 ...

Not with the project's own packages, where none of these is installed, but in an environment with
numpy, opencv-python-headless, av, Pillow, PyWavelets, and as many as can be had of
invisible-watermark, blind-watermark (both `--no-deps`, since they ask for a second OpenCV; the
first imports torch, in whose place an empty `torch.py` on PYTHONPATH will do here) and
melu. 32 bits are hidden in each frame; a row says in which share of frames all 32 were read again
(melu hides no bits: in which share it was found).
"""

from __future__ import annotations

import importlib
import io
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import cv2
import numpy as np

BITS = [int(bit) for bit in np.random.default_rng(1).integers(0, 2, 32)]
#: Frames in a row that are looked at, and from which on.
FRAMES, FIRST = 12, 30
SLOW, SLOW_FRAMES = "melu", 2
Frames = list[Any]
Way = tuple[Callable[[Any], Any], Callable[[Any], bool]]


def read(path: Path, count: int) -> Frames:
    """Some frames of a film, BGR."""
    with av.open(str(path)) as film:
        some = islice(film.decode(video=0), FIRST, FIRST + count)
        return [frame.to_ndarray(format="bgr24") for frame in some]


def encoded(frames: Frames, crf: int = 23) -> Frames:
    """The frames through H.264."""
    file = io.BytesIO()
    with av.open(file, "w", "mp4") as film:
        stream = film.add_stream("libx264", rate=25, options={"crf": str(crf)})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            # From BGR, libswscale takes a short cut that costs the colours, and so the marks.
            rgb = np.ascontiguousarray(frame[..., ::-1])
            film.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, "rgb24")))
        film.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as film:
        return [f.to_ndarray(format="bgr24") for f in film.decode(video=0)]


def resized(frames: Frames, share: float) -> Frames:
    """The frames made smaller."""
    return [cv2.resize(f, None, None, share, share, cv2.INTER_AREA) for f in frames]


def cropped(frames: Frames) -> Frames:
    """The frames without a twentieth at each edge."""
    height, width = frames[0].shape[:2]
    top, left = height // 20, width // 20
    return [np.ascontiguousarray(f[top : height - top, left : width - left]) for f in frames]


HARM: dict[str, Callable[[Frames], Frames]] = {
    "nothing": lambda frames: frames,
    "H.264 CRF 23": encoded,
    "75 %": lambda frames: resized(frames, 0.75),
    "50 %": lambda frames: resized(frames, 0.5),
    "crop 10 %": cropped,
}


def ways() -> Iterator[tuple[str, Way]]:
    """Those of the watermarks that are installed."""
    for name, make in (("imwatermark", _invisible), ("blind_watermark", _blind), ("melu", _melu)):
        try:
            yield from make(importlib.import_module(name))
        except (ImportError, AttributeError) as error:
            print(f"{name} is not to be had: {error}")


def _invisible(package: Any) -> Iterator[tuple[str, Way]]:
    for method in ("dwtDct", "dwtDctSvd"):
        hide = package.WatermarkEncoder()
        hide.set_watermark("bits", BITS)

        def found(frame: Any, method: str = method) -> bool:
            return (
                list(map(int, package.WatermarkDecoder("bits", 32).decode(frame, method))) == BITS
            )

        yield f"invisible-watermark {method}", (lambda f, m=method, h=hide: h.encode(f, m), found)


def _blind(package: Any) -> Iterator[tuple[str, Way]]:
    package.bw_notes.close()

    def hide(frame: Any) -> Any:
        mark = package.WaterMark(password_img=1, password_wm=1)
        mark.read_img(img=frame.copy())
        mark.read_wm([bool(bit) for bit in BITS], mode="bit")
        return np.clip(mark.embed(), 0, 255).astype(np.uint8)

    def found(frame: Any) -> bool:
        mark = package.WaterMark(password_img=1, password_wm=1)
        read = mark.extract(embed_img=frame, wm_shape=32, mode="bit")
        return [int(bit > 0.5) for bit in read] == BITS

    yield "blind-watermark", (hide, found)


def _melu(package: Any) -> Iterator[tuple[str, Way]]:
    from PIL import Image

    def hide(frame: Any) -> Any:
        with TemporaryDirectory() as folder:
            marked, _ = package.embed(Image.fromarray(frame[..., ::-1]), salt="salt")
            marked.save(f"{folder}/marked.png")
            return cv2.imread(f"{folder}/marked.png")

    def found(frame: Any) -> bool:
        picture = Image.fromarray(np.ascontiguousarray(frame[..., ::-1]))
        return bool(package.detect(picture, salt="salt").found)

    yield "melu", (hide, found)


def survives(found: Callable[[Any], bool], frames: Frames) -> str:
    """The share of frames a watermark was read from; why not, where it could not be tried."""
    try:
        return f"{np.mean([found(frame) for frame in frames]):.0%}"
    except RuntimeError as error:
        return str(error).partition(",")[0]


def main(paths: list[str]) -> None:
    """Prints a row for each film and watermark."""
    print("film", "watermark", "ms a frame", "PSNR", *HARM, sep=" | ")
    for name, (hide, found) in ways():
        for path in map(Path, paths):
            frames = read(path, SLOW_FRAMES if name == SLOW else FRAMES)
            begin = time.monotonic()
            marked = [hide(frame) for frame in frames]
            took = 1000 * (time.monotonic() - begin) / len(frames)
            psnr = np.mean([cv2.PSNR(a, b) for a, b in zip(frames, marked, strict=True)])
            row = [survives(found, harm(marked)) for harm in HARM.values()]
            print(path.name, name, f"{took:.0f}", f"{psnr:.1f}", *row, sep=" | ", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

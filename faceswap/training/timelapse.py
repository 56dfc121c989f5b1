"""Timelapse: the previews of a training one after the other, as a small film."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from faceswap.films.frame_index import Clip, Frame
from faceswap.films.images import encode_image, read_image
from faceswap.storage import durable
from faceswap.writing.encoding import encoding_for
from faceswap.writing.image_writer import PREVIEW, commented
from faceswap.writing.writer import FrameWriter

Image = NDArray[np.uint8]

#: Width of its pictures; how many are shown a second; how finely it is written.
WIDTH, RATE, QUALITY = 960, 6, 24


@dataclass(frozen=True)
class Timelapse:
    """The pictures in `folder`, by the step they show, and the film beside it that they make.

    They are kept, so that a training that is gone on with goes on with its film.
    """

    folder: Path

    @property
    def film(self) -> Path:
        """Where the film lies."""
        return self.folder.with_suffix(".mp4")

    def cut(self, step: int) -> None:
        """Take away the pictures after a step: a run that was cut off drew them."""
        for path in self.pictures():
            if int(path.stem) > step:
                durable.remove(path)

    def add(self, step: int, picture: Image) -> None:
        """One more picture, (h, w, 3) RGB; those of one film have one shape."""
        height, width = picture.shape[:2]
        # Codecs want even sides.
        size = (min(width, WIDTH) // 2 * 2, round(height * min(1, WIDTH / width)) // 2 * 2)
        small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        durable.make_folder(self.folder)
        data = commented(encode_image(small, "jpg"), "jpg", PREVIEW)
        durable.write(self.folder / f"{step:09d}.jpg", data)

    def pictures(self) -> list[Path]:
        """What there is, in the order of steps."""
        return sorted(self.folder.glob("[0-9]*.jpg"))

    def write(self) -> None:
        """Write the film of all pictures; it says that it is synthetic. Without any, none."""
        paths = self.pictures()
        if not paths:
            return
        height, width = read_image(paths[-1]).shape[:2]
        frames = [Frame(n, 1, n, n == 0, False) for n in range(len(paths))]
        clip = Clip(self.film.name, "video", width, height, (1, RATE), (RATE, 1), frames)
        draft = self.film.with_name(f"{self.film.name}.partial")
        encoding = encoding_for(clip, "h264", QUALITY)
        with FrameWriter(draft, clip, None, encoding, comment=PREVIEW) as film:
            for number, path in enumerate(paths):
                picture = cv2.resize(read_image(path), (width, height))
                frame = VideoFrame.from_ndarray(np.asarray(picture, np.uint8), "rgb24")
                frame.pts = number
                film.write(frame)
        durable.publish(draft, self.film)

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceswap.films.media import index_media
from faceswap.films.pixels import to_rgb
from faceswap.films.shown import Shown, _as_shown, _stored
from faceswap.films.video import FrameReader
from films import MIRRORED, TURNED, make_film

KINDS = {
    "yuv420p": {},
    "full range": {"pixel_format": "yuvj420p", "colors": {"color_range": 2}},
    "yuv422p": {"pixel_format": "yuv422p"},
    "yuv444p": {"pixel_format": "yuv444p", "colors": {"colorspace": 1}},
    "ten bits": {"pixel_format": "yuv420p10le", "colors": {"colorspace": 9}},
    "PQ": {"pixel_format": "yuv420p10le", "colors": {"colorspace": 9, "color_trc": 16}},
    "grey": {"pixel_format": "gray", "codec": "ffv1"},
    "RGB of 16 bits": {"pixel_format": "rgb48le", "codec": "ffv1"},
    "transparent": {"pixel_format": "yuva420p", "codec": "ffv1"},
    "packed": {"pixel_format": "bgr0", "codec": "ffv1"},
    "quarter turn": {"matrix": TURNED[90]},
    "half turn": {"matrix": TURNED[180]},
    "three quarters": {"matrix": TURNED[270]},
    "mirrored": {"matrix": MIRRORED},
    "odd": {"codec": "ffv1", "size": (157, 99)},
    "a fourth of the chroma": {"codec": "ffv1", "pixel_format": "yuv410p", "size": (160, 110)},
    "all of the chroma, odd": {"codec": "ffv1", "pixel_format": "yuv444p", "size": (157, 99)},
}
PARTS = [np.s_[0:99, 0:99], np.s_[37:62, 41:80], np.s_[8:40, 3:90], np.s_[70:99, 60:99]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_is_the_same_as_in_the_whole(side: Path, kind: str) -> None:
    how = {"size": (160, 112), "frames": 2, **KINDS[kind]}
    make_film(side / "media" / "a.mkv" if "codec" in how else side / "media" / "a.mp4", **how)
    index = index_media(side / "media")
    clip = index.clips[0]
    with FrameReader(index, side) as reader:
        _, frame = next(iter(reader.raw()))
        whole, shown = to_rgb(frame, clip), Shown(frame, clip)
        assert shown.shape == whole.shape
        assert len(np.unique(whole)) > 50
        for part in PARTS:
            np.testing.assert_array_equal(shown[part], whole[part])


@pytest.mark.parametrize("kind", ["quarter turn", "three quarters", "mirrored"])
def test_boxes_are_turned_there_and_back(side: Path, kind: str) -> None:
    make_film(side / "media" / "a.mp4", frames=1, size=(160, 112), **KINDS[kind])
    clip = index_media(side / "media").clips[0]
    box = (5, 17, 40, 90)
    assert _stored(box, clip) != box
    assert _as_shown(_stored(box, clip), clip) == box

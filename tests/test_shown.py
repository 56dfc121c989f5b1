from fractions import Fraction

import numpy as np
import pytest
from av.video.frame import VideoFrame

from faceswap.frame_index import Clip
from faceswap.paste import samples
from faceswap.pixels import to_rgb
from faceswap.shown import Shown, cropped

FORMATS = "yuv420p yuvj420p yuv422p yuv444p yuv440p yuv410p gray gbrp yuva420p yuv420p10le nv12"
#: Corners, a middle off every grid, and all.
PARTS = ((0, 0, 40, 24), (97, 51, 333, 201), (500, 300, 650, 362), (0, 0, 650, 362))


def noise(form, width, height, transfer=1):
    """A frame of noise: neighbours that differ as far as they can tell filters apart."""
    random, frame = np.random.default_rng(0), VideoFrame(width, height, form)
    for plane in frame.planes:
        size = plane.buffer_size
        kind = np.uint16 if form.endswith("10le") else np.uint8
        top = 1024 if kind is np.uint16 else 256
        plane.update(random.integers(0, top, size // kind().itemsize).astype(kind).tobytes())
    frame.colorspace, frame.color_range, frame.color_trc = 1, 1, transfer
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    return frame


def clip_of(frame, rotation=0, flip=False):
    width, height = frame.width, frame.height
    size = (height, width) if rotation % 180 else (width, height)
    return Clip("-", "video", *size, (1, 25), (25, 1), [], rotation=rotation, flip=flip)


def check(frame, clip):
    whole, shown = to_rgb(frame, clip), Shown(frame, clip)
    assert shown.shape == whole.shape
    for left, top, right, bottom in PARTS:
        part = np.s_[top : min(bottom, whole.shape[0]), left : min(right, whole.shape[1])]
        np.testing.assert_array_equal(shown[part], whole[part])


@pytest.mark.parametrize("size", [(640, 360), (650, 362), (636, 357)], ids=str)
@pytest.mark.parametrize("form", FORMATS.split())
def test_a_part_is_what_it_is_in_the_whole(form, size):
    frame = noise(form, *size)
    check(frame, clip_of(frame))


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_part_of_a_turned_frame_lies_where_it_is_shown(rotation, flip):
    frame = noise("yuv420p", 650, 362)
    check(frame, clip_of(frame, rotation, flip))


@pytest.mark.parametrize("transfer", [16, 18])
def test_a_part_of_a_frame_of_high_dynamic_range(transfer):
    frame = noise("yuv420p10le", 640, 360, transfer)
    check(frame, clip_of(frame))


def test_parts_alone_are_converted():
    frame = noise("yuv420p", 640, 360)
    shown = Shown(frame, clip_of(frame))
    shown[50:100, 60:120]
    assert "_whole" not in vars(shown)


def test_a_cropped_frame_holds_the_samples_of_its_box():
    frame = noise("yuva420p", 64, 48)
    part = cropped(frame, (16, 8, 48, 40))
    mine, theirs = samples(part), samples(frame)
    for number, step in enumerate((1, 2, 2, 1)):
        box = np.s_[8 // step : 40 // step, 16 // step : 48 // step]
        np.testing.assert_array_equal(mine[number], theirs[number][box])

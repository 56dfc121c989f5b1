"""Changed pixels written into a decoded frame; every other sample stays the decoder's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from faceswap.films.fields import Chain
from faceswap.films.frame_index import Clip
from faceswap.films.pixel_shape import squeezed
from faceswap.films.pixels import Picture, as_codes, from_rgb, plain_rgb, tagged, unturned
from faceswap.films.transparency import has_alpha

Image = NDArray[np.uint8]
Samples = NDArray[np.uint8] | NDArray[np.uint16]

#: Formats whose planes hold one kind of sample each, and can be written in place.
PLANAR = re.compile(r"(yuvj?4\d\dp|yuva4\d\dp|gray|gbra?p)(9|1[0246])?(le)?$")


class Patch(NamedTuple):
    """New pixels for a part of a frame, in display orientation.

    `left` and `top` are whole pixels and may lie outside of the frame; `rgb` is (h, w, 3) uint8,
    blended already; `mask` is (h, w) uint8: only pixels where it is above 0 change.
    """

    left: int
    top: int
    rgb: Image
    mask: Image


class _Piece(NamedTuple):
    """A patch in stored orientation, grown to whole chroma samples."""

    left: int
    top: int
    rgb: Image
    mask: Image


def paste(frame: VideoFrame, clip: Clip, patches: Sequence[Patch]) -> VideoFrame:
    """The frame with its patches' pixels changed, as a copy; the frame itself without patches.

    A chroma sample changes where any of its pixels does. Formats that are not planar are turned
    into the nearest that is: packed YUV into planar, packed RGB into `plain_rgb`.
    """
    if not patches:
        return frame
    if is_packed_rgb(frame):
        return _paste_packed(frame, clip, patches)
    new = copied(planar(frame))
    for patch in patches:
        for piece in _pieces(patch, clip, *_grid(new)):
            _write(new, clip, piece)
    return new


def planar(frame: VideoFrame) -> VideoFrame:
    """The frame with a plane for each kind of sample: itself, or converted without loss."""
    if PLANAR.match(frame.format.name):
        return frame
    chroma = {(2, 2): "420", (2, 1): "422"}.get(_grid(frame), "444")
    deep = "10le" if max(c.bits for c in frame.format.components) > 8 else ""
    kind = f"yuva444p{deep}" if has_alpha(frame.format.name) else f"yuv{chroma}p{deep}"
    return VideoReformatter().reformat(frame, format=kind, threads=1)


def copied(frame: VideoFrame, pixel_format: str = "") -> VideoFrame:
    """A copy with samples of its own.

    Args:
        frame: In a planar or packed format.
        pixel_format: Name for the same layout of planes (`yuv420p` for `yuvj420p`).
    """
    if pixel_format in ("", frame.format.name):
        # Captions and other data that lie beside the samples stay with them.
        (new,) = Chain().push(frame)
        new.make_writable()
        return tagged(new, frame)
    new = VideoFrame(frame.width, frame.height, pixel_format)
    for mine, theirs in zip(new.planes, frame.planes, strict=True):
        width = min(mine.line_size, theirs.line_size)
        _rows(mine)[:, :width] = _rows(theirs)[:, :width]
    return tagged(new, frame)


def is_packed_rgb(frame: VideoFrame) -> bool:
    """Whether a frame is of a kind of RGB that cannot be written in place."""
    form = frame.format
    return (form.is_rgb or form.has_palette) and not PLANAR.match(form.name)


def samples(frame: VideoFrame) -> list[Samples]:
    """Views of the planes of a planar frame, (rows, columns) each, uint8 or uint16."""
    deep = max(c.bits for c in frame.format.components) > 8
    return [_view(p, deep)[:, : p.width] for p in frame.planes]


def _view(plane: VideoPlane, deep: bool) -> Samples:
    return _rows(plane).view(np.uint16) if deep else _rows(plane)


def _rows(plane: VideoPlane) -> NDArray[np.uint8]:
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height]


def _grid(frame: VideoFrame) -> tuple[int, int]:
    """Pixels across and down that share a chroma sample."""
    if len(frame.format.components) < 3:
        return 1, 1
    return 16 // frame.format.chroma_width(16), 16 // frame.format.chroma_height(16)


def _pieces(patch: Patch, clip: Clip, across: int, down: int) -> list[_Piece]:
    """The part of a patch inside of the frame; none, or one."""
    left, top = max(patch.left, 0), max(patch.top, 0)
    right = min(patch.left + patch.mask.shape[1], clip.width)
    bottom = min(patch.top + patch.mask.shape[0], clip.height)
    if left >= right or top >= bottom:
        return []
    part = np.s_[top - patch.top : bottom - patch.top, left - patch.left : right - patch.left]
    rgb, mask = (unturned(a[part], clip) for a in (patch.rgb, patch.mask))
    corner = _unturned_corner(clip, left, top, right, bottom)
    rgb, mask, (left, top) = squeezed(rgb, mask, corner, clip.square_size, clip.stored_size)
    before = (left % across, top % down)
    after = (-(left + mask.shape[1]) % across, -(top + mask.shape[0]) % down)
    grow = ((before[1], after[1]), (before[0], after[0]))
    rgb = np.pad(rgb, (*grow, (0, 0)), "edge")
    return [_Piece(left - before[0], top - before[1], rgb, np.pad(mask, grow))]


def _unturned_corner(clip: Clip, left: int, top: int, right: int, bottom: int) -> tuple[int, int]:
    """Left and top, before the frame is turned, of a box as it is shown."""
    width, height = clip.square_size
    corners = {
        0: (left, top),
        90: (top, height - right),
        180: (width - right, height - bottom),
        270: (width - bottom, left),
    }
    x, y = corners[clip.rotation]
    across = bottom - top if clip.rotation % 180 else right - left
    return (width - x - across if clip.flip else x), y


def _write(frame: VideoFrame, clip: Clip, piece: _Piece) -> None:
    new = _stored_yuv(piece.rgb, frame, clip.white)
    across, down = _grid(frame)
    kinds = frame.format.components
    for number, (plane, pixels) in enumerate(zip(samples(frame), samples(new), strict=False)):
        if kinds[number].is_alpha:
            continue
        x, y = (across, down) if number in (1, 2) else (1, 1)
        mask = _shrunk(piece.mask, x, y)
        target = plane[piece.top // y :, piece.left // x :][: mask.shape[0], : mask.shape[1]]
        height, width = target.shape
        np.copyto(target, pixels[:height, :width], where=mask[:height, :width])


def _stored_yuv(rgb: Image, like: VideoFrame, white: float) -> VideoFrame:
    upright = Clip("-", "video", rgb.shape[1], rgb.shape[0], (1, 1), (1, 1), [], white=white)
    return from_rgb(rgb, like, upright)


def _shrunk(mask: Image, across: int, down: int) -> NDArray[np.bool_]:
    """Whether any of the pixels that share a sample changes."""
    # By views: a maximum over the axes of blocks takes 3 ms for a face of 400 pixels.
    parts = (mask[y::down, x::across] for y in range(down) for x in range(across))
    return np.asarray(reduce(np.maximum, parts) > 0)


def paste_rgb(
    image: Picture, patches: Sequence[Patch], transfer: int = 0, white: float = 1.0
) -> Picture:
    """A copy of an (h, w, 3 or 4) RGB image in display orientation with its patches' pixels.

    Args:
        image: As `to_samples` gives it.
        patches: What to change.
        transfer: H.273's number of the curve of the image's codes.
        white: What is white by this curve, see `hdr.white_of`.
    """
    image = image.copy()
    height, width = image.shape[:2]
    for patch in patches:
        left, top = max(patch.left, 0), max(patch.top, 0)
        right = min(patch.left + patch.mask.shape[1], width)
        bottom = min(patch.top + patch.mask.shape[0], height)
        if left < right and top < bottom:
            part = np.s_[
                top - patch.top : bottom - patch.top, left - patch.left : right - patch.left
            ]
            new = as_codes(patch.rgb[part], transfer, white, image.dtype == np.uint16)
            target = image[top:bottom, left:right, :3]
            np.copyto(target, new, where=(patch.mask[part] > 0)[..., None])
    return image


def _paste_packed(frame: VideoFrame, clip: Clip, patches: Sequence[Patch]) -> VideoFrame:
    form = plain_rgb(frame.format.name)
    array = VideoReformatter().reformat(frame, format=form, threads=1).to_ndarray().copy()
    for patch in patches:
        for piece in _pieces(patch, clip, 1, 1):
            new = as_codes(piece.rgb, frame.color_trc, clip.white, array.dtype == np.uint16)
            height, width = piece.mask.shape
            target = array[piece.top :, piece.left :][:height, :width, :3]
            np.copyto(target, new, where=(piece.mask > 0)[..., None])
    return tagged(VideoFrame.from_ndarray(array, form), frame)

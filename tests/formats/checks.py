"""What must hold of an output: nothing but the faces, and the mark, differs from the film."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition
from numpy.typing import NDArray

from faceswap.detection.faces import FrameFaces, landmarks_array
from faceswap.films.frame_index import Clip, FrameIndex
from faceswap.films.paste import samples
from faceswap.films.pixels import to_rgb
from faceswap.films.video import FrameReader

from .cases import Case

#: Fields of a clip that the output has as the film has them.
SAME = ("rotation", "flip", "aspect", "width", "height", "field_order", "alpha", "light")
COLOURS = ("color_range", "color_space", "color_primaries", "color_transfer")
#: Matroska counts milliseconds.
MILLISECOND = Fraction(1, 1000)
#: Said anew by whatever writes a file.
ANEW = {"encoder", "major_brand", "minor_version", "compatible_brands", "comment", "duration"}
ANEW |= {"vendor_id", "handler_name", "language", "creation_time", "alpha_mode"}


@dataclass(frozen=True)
class Pair:
    """A film and what it became: the index, the folder it starts from, and the file of each."""

    old: FrameIndex
    old_root: Path
    new: FrameIndex
    new_root: Path

    @property
    def clips(self) -> tuple[Clip, Clip]:
        """Both clips."""
        return self.old.clips[0], self.new.clips[0]

    @property
    def files(self) -> tuple[Path, Path]:
        """Both files."""
        return self.old_root / self.clips[0].path, self.new_root / self.clips[1].path

    @property
    def tolerance(self) -> Fraction:
        """How exact times are in the output's container."""
        return MILLISECOND if self.files[1].suffix == ".mkv" else Fraction(0)


def times(pair: Pair) -> Fraction:
    """The greatest difference between a frame's times, which is none but for Matroska."""
    old, new = pair.clips
    begin = old.begin or 0
    was = [(f.pts - begin) * old.tick for f in old.frames]
    now = [f.pts * new.tick for f in new.frames]
    assert len(was) == len(now)
    worst = max(abs(a - b) for a, b in zip(was, now, strict=True))
    assert worst <= pair.tolerance / 2, worst
    ends = [(c.frames[-1].duration * c.tick) for c in (old, new)]
    assert abs(ends[0] - ends[1]) <= max(pair.tolerance, new.tick), ends
    return worst


def tags(pair: Pair, case: Case) -> None:
    """Orientation, shape of pixels, colours, fields and the mastering display."""
    old, new = pair.clips
    for name in SAME:
        assert getattr(new, name) == case.becomes.get(name, getattr(old, name)), name
    screen = case.becomes.get("mastering", old.mastering)
    assert len(new.mastering) == len(screen) and np.allclose(new.mastering, screen, rtol=1e-4)
    for name in COLOURS:
        was, now = case.becomes.get(name, getattr(old, name)), getattr(new, name)
        # No word of the range means limited range.
        assert (was or 1, name) == (now or 1, name) or name != "color_range"
        assert was == now or name == "color_range", (name, was, now)


def streams(pair: Pair, case: Case) -> int:
    """Everything beside the picture, packet by packet; gives the number of packets compared."""
    with av.open(str(pair.files[0])) as old, av.open(str(pair.files[1])) as new:
        was, now = (_beside(film) for film in (old, new))
        was = [s for s in was if not _named(s, case.dropped)]
        now = now if not case.dropped else now[: len(was)]
        assert [s.type for s in was] == [s.type for s in now]
        for before, after in zip(was, now, strict=True):
            # Containers that know of tracks that are off switch the first of a kind on.
            assert (
                after.disposition | Disposition.default == before.disposition | Disposition.default
            )
            assert (after.language or "und") == (before.language or "und")
        _metadata(old.metadata, new.metadata, {})
        _metadata(*(f.streams.video[0].metadata for f in (old, new)), case.becomes)
        _chapters(old, new, pair)
        attached = [[s.data for s in f.streams.attachments] for f in (old, new)]
        assert attached[0] == attached[1]
        places = [[s.index for s in found] for found in (was, now)]
    return _packets(pair, *places)


def _beside(film: Any) -> list[Any]:
    """The streams beside the picture that are not made anew from something else."""
    return [
        s
        for s in film.streams
        if s.index != _picture(film) and s.type != "attachment" and not _made_anew(s)
    ]


def _made_anew(stream: Any) -> bool:
    """Whether a stream is what a container makes of chapters or timecode."""
    chapters = stream.discard == av.stream.Discard.all
    return stream.type == "data" and (chapters or "timecode" in stream.metadata)


def _picture(film: Any) -> int:
    moving = (s for s in film.streams.video if not s.disposition & Disposition.attached_pic)
    return next(moving).index


def _named(stream: Any, dropped: tuple[str, ...]) -> bool:
    context = getattr(stream, "codec_context", None)
    return bool({context.name if context else stream.name} & set(dropped))


def _metadata(old: dict[str, str], new: dict[str, str], becomes: dict[str, Any]) -> None:
    was, now = ({k.lower(): v for k, v in d.items() if k.lower() not in ANEW} for d in (old, new))
    assert was | {k: v for k, v in becomes.items() if k in was} == now


def _chapters(old: Any, new: Any, pair: Pair) -> None:
    clip = pair.clips[0]
    begin = (clip.begin or 0) * clip.tick
    end = None if clip.end is None else clip.end * clip.tick - begin
    want = []
    for chapter in old.chapters():
        tick = chapter["time_base"]
        first, last = (max(chapter[n] * tick - begin, Fraction(0)) for n in ("start", "end"))
        last = last if end is None else min(last, end)
        if last > first:
            want.append((first, last, chapter["metadata"]))
    found = [
        (c["start"] * c["time_base"], c["end"] * c["time_base"], c["metadata"])
        for c in new.chapters()
    ]
    assert [c[2] for c in found] == [c[2] for c in want]
    for a, b in zip(found, want, strict=True):
        assert abs(a[0] - b[0]) < MILLISECOND and abs(a[1] - b[1]) < MILLISECOND


def _packets(pair: Pair, was: list[int], now: list[int]) -> int:
    clip = pair.clips[0]
    begin, end = (None if t is None else t * clip.tick for t in (clip.begin, clip.end))
    count = 0
    for a, b in zip(was, now, strict=True):
        want, found = _of(pair.files[0], a), _of(pair.files[1], b)
        text = begin is not None and clip.streams[a].kind == "subtitle"
        kept = [
            # A line of text that was to be read before is there from the beginning.
            (max(at - (begin or 0), 0) if text else at - (begin or 0), data)
            for at, length, data in want
            if (begin is None or at + length > begin) and (end is None or at < end)
        ]
        if _raw(pair.files[0], a):
            # Containers cut samples that are not coded into packets as they like.
            assert b"".join(d for _, d in kept) == b"".join(d for *_, d in found)
        else:
            assert [data for _, data in kept] == [data for *_, data in found]
            shifts = [abs(x - y) for (x, _), (y, *_) in zip(kept, found, strict=True)]
            assert max(shifts, default=0) <= max(pair.tolerance, Fraction(1, 40_000)), shifts
        count += len(found)
    return count


def _of(path: Path, index: int) -> list[tuple[Fraction, Fraction, bytes]]:
    with av.open(str(path)) as film:
        stream = film.streams[index]
        cover = bool(stream.disposition & Disposition.attached_pic)
        return [
            (
                Fraction(0 if cover else p.pts * p.time_base),
                (p.duration or 0) * p.time_base,
                _pay(p),
            )
            for p in film.demux(stream)
            if p.size and (cover or p.pts is not None)
        ]


def _pay(packet: Any) -> bytes:
    """The packet's bytes; AAC without the header that transport streams put before it."""
    data = bytes(packet)
    return (
        data[7:]
        if packet.stream.type == "audio" and data[:2] in (b"\xff\xf1", b"\xff\xf9")
        else data
    )


def _raw(path: Path, index: int) -> bool:
    with av.open(str(path)) as film:
        context = film.streams[index].codec_context
        return bool(context) and context.name.startswith("pcm_")


def pixels(pair: Pair, faces: list[FrameFaces], least: float) -> tuple[float, float]:
    """Decibels outside the faces (inf: not a sample differs), and mean change inside of them."""
    worst, changes = np.inf, []
    old, new = pair.clips
    with FrameReader(pair.old, pair.old_root) as a, FrameReader(pair.new, pair.new_root) as b:
        for (_, x), (_, y), line in zip(a.raw(), b.raw(), faces, strict=True):
            before, after = (to_rgb(f, c).astype(float) for f, c in ((x, old), (y, new)))
            outside, inside = _places(line, before.shape[:2])
            error = np.square(before - after)[outside].mean()
            worst = min(worst, 10 * np.log10(65025 / error) if error else np.inf)
            if inside.any():
                changes.append(np.abs(before - after)[inside].mean())
            if not least:
                _untouched(x, y, old, outside)
    assert len(changes) >= len(faces) * 0.9, "there are frames in which no face was found"
    assert worst >= (least or 45), worst
    assert min(changes) > 3, changes
    return float(worst), float(np.mean(changes))


def _untouched(old: Any, new: Any, clip: Clip, outside: NDArray[np.bool_]) -> None:
    """Not one sample outside of the faces differs."""
    stored = np.rot90(outside, clip.rotation // 90)
    stored = stored[:, ::-1] if clip.flip else stored
    if old.format.name != new.format.name:
        old, new = (f.reformat(format="rgb24") for f in (old, new))
        assert np.array_equal(old.to_ndarray()[stored], new.to_ndarray()[stored])
        return
    for x, y in zip(*(_planes(f) for f in (old, new)), strict=True):
        part = stored[:: -(-stored.shape[0] // x.shape[0]), :: -(-stored.shape[1] // x.shape[1])]
        assert np.array_equal(x[part], y[part])


def _planes(frame: Any) -> list[NDArray[Any]]:
    packed = frame.format.name in ("bgr0", "bgra", "rgba64le", "rgb48le")
    return [frame.reformat(format="rgba").to_ndarray()] if packed else samples(frame)


def _places(line: FrameFaces, shape: tuple[int, int]) -> tuple[NDArray[np.bool_], ...]:
    """Pixels well outside of all faces, and those in the middle of the first."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    outside, inside = np.ones(shape, bool), np.zeros(shape, bool)
    for number, face in enumerate(line.faces):
        points = landmarks_array(face)
        middle, reach = points.mean(0), np.ptp(points, axis=0).max()
        far = np.hypot(x - middle[0], y - middle[1])
        outside &= far > reach * 1.3
        if number == 0:
            inside = far < reach / 4
    return outside, inside

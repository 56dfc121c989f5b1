"""What Matroska says of a film's pixels, written into a file after the film."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from faceswap.errors import BadMedia, OutOfSpace
from faceswap.storage import durable

#: Ends of the draft's name, beside the film.
DRAFT = ".shaped.draft"
#: All streams as they are, at their times; no random numbers, so that two runs are the same.
_COPY = {
    "map": 0,
    "c": "copy",
    "format": "matroska",
    "avoid_negative_ts": "disabled",
    "fflags": "+bitexact",
}


def shape_pixels(path: Path, size: tuple[int, int], aspect: Fraction) -> None:
    """Has a film's header tell the shape of its pixels.

    PyAV sets it for the codec, and FFV1, ProRes and AV1 do not take it along; Matroska asks for it
    in the stream, where PyAV cannot. So ffmpeg copies the film, packet by packet, and adds it.

    Args:
        path: A Matroska film, whatever its name ends in; replaced when the copy is whole.
        size: Width and height of its first video stream.
        aspect: Width of a pixel by its height.

    Raises:
        OutOfSpace: Where there is no room for a second film.
        BadMedia: With ffmpeg's words for anything else.
    """
    import ffmpeg
    import imageio_ffmpeg

    draft = path.with_name(path.name + DRAFT)
    display = aspect * size[0] / size[1]
    shape = {"aspect:v:0": f"{display.numerator}:{display.denominator}"}
    job = ffmpeg.input(str(path), f="matroska").output(str(draft), **_COPY, **shape)
    command = job.global_args("-copyts").overwrite_output()
    try:
        command.run(cmd=imageio_ffmpeg.get_ffmpeg_exe(), quiet=True)
    except ffmpeg.Error as error:
        durable.remove(draft)
        said = error.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        if "No space left" in error.stderr.decode(errors="replace"):
            raise OutOfSpace(
                f"no room left on the disk of {path} for a copy of the film: make room, run again"
            ) from None
        raise BadMedia(f"{path} cannot be copied with the shape of its pixels: {said}") from None
    draft.replace(path)

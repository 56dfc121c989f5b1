"""Room on the disk: whether there is enough for what a stage is going to write."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from faceswap.errors import OutOfSpace
from faceswap.workspace import Workspace

#: Bytes that the manifest, sheets and previews take, whatever the stage.
LITTLE = 8 << 20
#: Bytes of a pixel as `write_image` writes it: faces and rooms as PNG of the fastest level, and as
#: JPEG of quality 95.
PIXEL = {"png": 1.3, "jpg": 0.35}
#: Bytes of a pixel of film, the lossy ones at quality 16: people talking, 256 to 640 pixels wide,
#: took 0.008 to 0.027 as h264, 0.47 to 0.73 as prores, 0.18 to 0.35 as ffv1.
FILM = {"h264": 0.015, "hevc": 0.012, "av1": 0.012, "prores": 0.65, "ffv1": 0.3}
#: A film's bytes double with so many steps of quality.
STEPS = 6
#: Bytes of a frame's line in frames.json; of a face's in faces.jsonl, without and with all
#: descriptors; of its record among crops.
FRAME, FACE, DESCRIBED, RECORD = 40, 1250, 1500, 1350


def demand(work: Workspace, title: str, bytes_needed: int, begun: Iterable[Path]) -> None:
    """Refuse to begin what the disk has no room for.

    Args:
        work: The workspace.
        title: Of the job.
        bytes_needed: What it is going to write, in all.
        begun: What of it is there already, of a run before.

    Raises:
        OutOfSpace: If there is less room than that; says how much is missing.
    """
    there = sum(map(taken, begun))
    needed = max(0, bytes_needed - there) + LITTLE
    free = shutil.disk_usage(work.root).free
    if free < needed:
        raise OutOfSpace(
            f"{title} needs about {said(needed)} on the disk of {work.root}, and {said(free)} are "
            f"free: make room for {said(needed - free)} more, or move the workspace to another disk"
        )


def film(codec: str, quality: int, pixels: float) -> int:
    """About the bytes of so many pixels of film."""
    lossy = codec not in ("prores", "ffv1")
    finer = 2.0 ** ((16 - quality) / STEPS) if lossy else 1.0
    return int(pixels * FILM.get(codec, max(FILM.values())) * finer)


def taken(path: Path) -> int:
    """Bytes of the disk that a file, or a folder with all in it, takes; 0 if it is not there."""
    if path.is_dir():
        return sum(map(taken, path.iterdir()))
    # Blocks of 512 bytes, whatever the disk's own: a file with holes takes less than its size.
    return path.stat().st_blocks * 512 if path.exists() else 0


def said(count: float) -> str:
    """So many bytes, in words."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"

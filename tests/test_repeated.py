"""A film written again is the same file, whatever lay in memory before."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from faceswap.writing.encoding import CODECS

#: Writes a film with each codec.
WRITE = """
import sys
from pathlib import Path
from rewriting import rewrite
for codec in sys.argv[2:]:
    rewrite(Path(sys.argv[1]) / codec / "side", codec=codec)
"""


def test_no_encoder_reads_what_nothing_wrote(
    tmp_path: Path, short_clip: Callable[..., Path], talking_clip: Path
) -> None:
    clip = short_clip(talking_clip, 6)
    made = [_films(tmp_path / str(fill), clip, fill) for fill in (0, 1)]
    assert len(made[0]) == len(CODECS) and made[0] == made[1]


def _films(place: Path, clip: Path, fill: int) -> dict[str, bytes]:
    """The clip in each codec, by a process whose fresh memory is full of a byte."""
    for codec in CODECS:
        media = place / codec / "side" / "media"
        media.mkdir(parents=True)
        (media / clip.name).symlink_to(clip)
    # Of the C library of Linux; elsewhere this only writes each film twice.
    tests = Path(__file__).parent
    told = {"MALLOC_PERTURB_": str(fill), "PYTHONPATH": f"{tests}{os.pathsep}{tests.parent}"}
    words = [sys.executable, "-c", WRITE, str(place), *CODECS]
    subprocess.run(words, env=os.environ | told, check=True, capture_output=True)
    return {p.parts[-4]: p.read_bytes() for p in place.glob("*/new/media/*")}

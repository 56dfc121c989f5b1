"""Memory does not grow with the length of a film."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import pytest

#: A stage, in a process of its own that says its peak in KiB. A process inherits its parent's
#: ru_maxrss, so its own peak is read from the kernel; its workers' cannot be under its own.
PEAK = """
import re, resource, sys
from pathlib import Path
from cli import main
code = main(sys.argv[1:])
own = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print("peak", own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
TIMES = 10


def looped(film: Path, to: Path, times: int, frames: int) -> Path:
    """The first frames of a film, again and again."""
    with av.open(str(film)) as given, av.open(str(to), "w") as made:
        pictures = given.streams.video[0]
        shown = [f for _, f in zip(range(frames), given.decode(pictures), strict=False)]
        stream = made.add_stream("libx264", 25, options={"preset": "veryfast", "g": "48"})
        stream.width, stream.height, stream.pix_fmt = pictures.width, pictures.height, "yuv420p"
        for number in range(times * frames):
            frame = shown[number % frames]
            frame.pts, frame.time_base = number, Fraction(1, 25)
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return to


def peak(*words: str | Path) -> int:
    command = [sys.executable, "-c", PEAK, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return max(map(int, done.stdout.splitlines()[-1].split()[1:]))


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_peak_of_ten_times_the_film(tmp_path: Path, other_clip: Path) -> None:
    peaks: dict[str, list[int]] = {}
    for times in (1, TIMES):
        film = looped(other_clip, tmp_path / f"{times}.mp4", times, 60)
        work = tmp_path / f"work{times}"
        peak("new", work, "--no-consent-record", "--source", other_clip, "--target", film)
        for stage in ("extract", "detect", "align"):
            peaks.setdefault(stage, []).append(peak(stage, work, "--side", "target"))
            peak(stage, work, "--side", "source")
        peak("warp", work)
        peak("train", work, "--iterations", "2", "--batch", "2")
        for stage in ("convert", "merge"):
            peaks.setdefault(stage, []).append(peak(stage, work))
    for stage, (short, long) in peaks.items():
        print(f"{stage:8} {short / 1024:7.0f} MiB, ten times as long {long / 1024:7.0f} MiB")
    assert all(long <= 1.2 * short for short, long in peaks.values()), peaks

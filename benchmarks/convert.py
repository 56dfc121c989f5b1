"""Times convert against one face at a time, and against the network's own speed.

Run it on an idle machine: ``python benchmarks/convert.py lite``. The model is hardly trained: what
it draws does not change its speed. *Plain* is a call of `predict` for each face, in float32;
*network* is the swap alone, in large batches, in the precision that convert takes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

#: Frames of the film that is made, a face in each; and its height.
FRAMES, HEIGHT = 960, 360
PROGRAM = (sys.executable, str(ROOT / "cli.py"))


def main(models: list[str]) -> None:
    """Prints a row for each model."""
    from faceswap.bench import floors, plain
    from faceswap.bench.course import Course, Setting
    from faceswap.bench.measure import alone

    with TemporaryDirectory() as folder:
        course = Course(PROGRAM, Path(folder), Setting(FRAMES, HEIGHT))
        course.prepare()
        course.frames("extract", "detect", "align", "warp")
        for model in models:
            words = ["--model", model, "--iterations", "2", "--minutes", "0", "--restart"]
            course.stage("train", *words, "--force")
            row = course.stage("convert", "--force")
            network = alone(floors.forward, course.work / "model")
            single = alone(plain.convert, course.work / "model", course.work / "target" / "faces")
            print(
                f"{model:10} {1000 * row.each:6.2f} ms a face; one at a time {1000 * single:.1f}, "
                f"{single / row.each:.1f} times; network alone {1000 * network:.2f}, "
                f"{network / row.each:.0%} of its speed",
                {part: f"{1000 * seconds:.2f}" for part, seconds in row.parts.items()},
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:] or ["original", "lite"])

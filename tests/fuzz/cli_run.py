"""Runs the whole program on workspaces of which one file was spoiled, in a process of its own.

    python -m tests.fuzz.cli_run WORK SEED COUNT FOLDER

WORK is a finished workspace, which stays as it is; FOLDER is empty. The cases have numbers, from
`--first` on, so that one can be had again alone. Each case is a copy, in which
one file is spoiled; then `status`, `run --dry-run` and a stage that reads the file are asked for.
Prints a line for each case, and `BAD` before what was wrong with one.
"""

from __future__ import annotations

import argparse
import io
import random
import shutil
import signal
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import cli

from .measured import peak
from .mutations import exchanges, ops, spoiled

#: Seconds for a case, and MB that all of them may take, TensorFlow's among them.
PATIENCE, MEMORY = 120, 6000
#: By the beginning of a file's path, the stages that read it. A star stands for either side.
STAGES = {
    "faceswap.toml": ("people", "merge"),
    "manifest.json": ("people", "merge"),
    "lock": ("people",),
    "*/media": ("extract",),
    "*/frames.json": ("people", "align", "merge", "faces"),
    "*/faces.jsonl": ("people", "align", "faces"),
    "*/people.toml": ("people", "align", "faces"),
    "*/people/known.json": ("people",),
    "*/faces/crops.jsonl": ("warp", "sort", "convert"),
    "*/faces/0": ("warp", "sort", "convert"),
    "*/left_out.json": ("warp", "sort"),
    "*/pairs": ("train",),
    "model/model.json": ("convert", "train"),
    "model/weights": ("convert",),
    "model/history": ("train",),
    "model/checkpoints": ("train",),
    "swapped": ("merge",),
}
#: What a stage is told besides, so that cases are quick and stay in this process.
WORDS = {
    "align": ("--size", "64", "--workers", "1"),
    "sort": ("--workers", "1"),
    "train": ("--iterations", "3", "--minutes", "0", "--batch", "2"),
}
#: What the libraries that decode say of spoiled pictures, beside what the program says.
CHATTER = ("warning: ", "stopped: ")


def main() -> int:
    """Runs all cases; 1 where one of them was bad."""
    words = argparse.ArgumentParser()
    words.add_argument("work", type=Path)
    words.add_argument("seed", type=int)
    words.add_argument("count", type=int)
    words.add_argument("folder", type=Path)
    words.add_argument("--first", type=int, default=0)
    words.add_argument("--kinds", default="")
    asked = words.parse_args()
    kinds = [k for k in STAGES if not asked.kinds or k in asked.kinds.split(",")]
    bad = 0
    for number in range(asked.first, asked.first + asked.count):
        rng = random.Random(asked.seed * 1_000_003 + number)
        wrong = _case(number, kinds[number % len(kinds)], rng, asked.work, asked.folder)
        bad += bool(wrong)
        for line in wrong:
            print(f"BAD {number}: {line}", flush=True)
    print(f"{bad} bad")
    return bad > 0


def _case(number: int, kind: str, rng: random.Random, work: Path, folder: Path) -> list[str]:
    case = folder / "case"
    shutil.rmtree(case, ignore_errors=True)
    shutil.copytree(work, case)
    path = _chosen(case, kind, rng)
    data = path.read_bytes()
    path.write_bytes(spoiled(data, (exchanges if rng.random() < 0.5 else ops)(rng)))
    before = _around(folder)
    stage = rng.choice(STAGES[kind])
    side = ("--side", path.relative_to(case).parts[0]) if kind.startswith("*") else ()
    side = side if stage in ("extract", "people", "align", "faces", "sort") else ()
    wrong: list[str] = []
    codes: list[object] = []
    for line in (("status",), ("run", "--dry-run"), (stage, *side, *WORDS.get(stage, ()))):
        force = ("--force",) if line[0] == stage and stage != "faces" else ()
        code, said, found = _run((line[0], str(case), *line[1:], *force))
        codes.append(code if code == 0 else f"{code} ({said})")
        wrong += found
    if _around(folder) != before:
        wrong.append("something outside of the workspace has changed")
    print(number, path.relative_to(case), stage, *codes, flush=True)
    return wrong


def _chosen(case: Path, kind: str, rng: random.Random) -> Path:
    if kind == "faceswap.toml":
        with (case / kind).open("a") as file:
            file.write("[merge]\nquality = 20\n[shot.1]\nfeather = 0.2\n")
    if kind == "lock":
        (case / kind).write_text('{"pid": 1, "host": "here"}')
    if kind.endswith("left_out.json"):
        for side in ("source", "target"):
            (case / side / "left_out.json").write_text('["000003_0.png"]')
    found = [p for p in sorted(case.glob(kind)) if p.exists()]
    found += sorted(case.glob(f"{kind}*"))
    files = [q for p in found for q in ([p] if p.is_file() else sorted(p.rglob("*")))]
    return rng.choice([p for p in files if p.is_file() and p.name not in ("sheet.png",)])


def _run(words: tuple[str, ...]) -> tuple[object, str, list[str]]:
    """The exit code, the last it said, and what is wrong with how the program ended."""
    out, err = io.StringIO(), io.StringIO()
    signal.alarm(PATIENCE)
    begun = time.perf_counter()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code: object = cli.main(words)
        except BaseException as error:
            code = repr(error)
    signal.alarm(0)
    said = err.getvalue().splitlines()
    lines = [line for line in said if not line.startswith(CHATTER)]
    wrong = []
    if code not in (0, 2, 3) or "Traceback" in err.getvalue():
        wrong.append(f"exit code {code}")
    if len(lines) != (code != 0) or not all(line.startswith("error: ") for line in lines):
        wrong.append(f"{len(lines)} lines on stderr")
    if peak() > MEMORY:
        wrong.append("memory")
    if time.perf_counter() - begun > PATIENCE / 2:
        wrong.append("time")
    found = [f"{' '.join(words[:1] + words[2:])}: {what}: {said[-3:]}" for what in wrong]
    return code, (lines or [""])[-1][-90:], found


def _around(folder: Path) -> list[tuple[str, int, int]]:
    """All that lies about the workspace."""
    outside = [p for p in sorted(folder.parent.rglob("*")) if folder / "case" not in p.parents]
    return [(str(p), p.lstat().st_size, p.lstat().st_mtime_ns) for p in outside if p.is_file()]


if __name__ == "__main__":
    sys.exit(main())

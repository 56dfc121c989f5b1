"""Runs the program with a disk that can be watched, and that dies at a chosen operation.

`python tests/faults.py PLAN WORDS...` runs `faceswap WORDS...`; PLAN is JSON, the fields of `Plan`.
Counted are operations of this process on files in the workspace: to open one for writing, to write,
to sync, to rename, to remove, to make a folder. So stages are run with `--workers 1`.
"""

from __future__ import annotations

import builtins
import io
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

REAL = {
    name: getattr(os, name)
    for name in ("fsync", "rename", "replace", "unlink", "remove", "rmdir", "mkdir", "link")
}
OPEN = io.open


@dataclass
class Plan:
    """What is to happen.

    Attributes:
        root: The workspace.
        report: File that gets the number of operations, and what was in the wrong order.
        at: The operation to die at, from 1; 0: none.
        when: Die `before` it, `after` it, or in the middle of a write (`torn`).
        cut: What a power cut leaves of data that was not synced: `empty`, `half`, `zeros` or
            `gone`; empty: no power cut, a kill alone.
        names: Whether a power cut takes back renames and new names that were not synced.
        check: Note what is renamed, or recorded as done, before it is on the disk.
        roomy: Say that there is room enough on the disk, whatever there is.
        deaf: Files of this ending are never synced: what a forgotten sync would do.
        operations: Filled in: what was done, and to what.
        wrong: Filled in: what was not on the disk when something said that it was.
    """

    root: str
    report: str = ""
    at: int = 0
    when: str = "before"
    cut: str = ""
    names: bool = True
    check: bool = False
    roomy: bool = False
    deaf: str = ""
    operations: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Disk:
    """What of the workspace is on the disk, and what is on its way only."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.root = Path(plan.root).absolute()
        self.synced: dict[int, tuple[int, int]] = {}
        self.listed: dict[int, set[str]] = {}
        self.renames: list[tuple[Path, Path, Path | None]] = []
        self.aside = self.root.with_name(self.root.name + ".aside")
        for path in self.paths():
            self.note(path)

    def paths(self, below: Path | None = None) -> Iterator[Path]:
        """All below a path, itself first; what vanishes meanwhile is left out."""
        below = below or self.root
        yield below
        if below.is_dir():
            for child in sorted(below.iterdir()):
                yield from self.paths(child)

    def note(self, path: Path) -> None:
        """The path is on the disk as it is now."""
        if path.exists():
            known = path.stat()
            self.synced[known.st_ino] = (known.st_mtime_ns, known.st_size)
            if path.is_dir():
                self.listed[known.st_ino] = set(os.listdir(path))

    def safe(self, path: Path) -> bool:
        """Whether the path is on the disk as it is now."""
        known = path.stat()
        return self.synced.get(known.st_ino) == (known.st_mtime_ns, known.st_size)

    def inside(self, path: Any) -> Path | None:
        """The path, if it is one in the workspace and not the lock."""
        if not isinstance(path, str | os.PathLike):
            return None
        full = Path(os.path.abspath(os.fspath(path)))
        return full if full.is_relative_to(self.root) and full.name != "lock" else None

    def act(self, what: str, path: Path, do: Callable[[], Any], torn: Callable[[], Any]) -> Any:
        """One operation, the last one perhaps."""
        self.plan.operations.append(f"{what} {path.relative_to(self.root)}")
        last = len(self.plan.operations) == self.plan.at
        if last and self.plan.when == "torn":
            torn()
        if last and self.plan.when != "after":
            self.die()
        done = do()
        if last:
            self.die()
        return done

    def die(self) -> None:
        """The end, as SIGKILL or the power brings it."""
        if self.plan.cut:
            self.lose()
        self.tell()
        os.kill(os.getpid(), signal.SIGKILL)

    def tell(self) -> None:
        """Write the report."""
        if self.plan.report:
            with OPEN(self.plan.report, "w") as file:
                json.dump(asdict(self.plan), file)

    def lose(self) -> None:
        """What was not synced is not there any more."""
        spoilt = [p for p in self.paths() if p.is_file() and p.name != "lock" and not self.safe(p)]
        for path in spoilt:
            self.spoil(path)
        if not self.plan.names:
            return
        for source, target, saved in reversed(self.renames):
            if target.exists():
                REAL["rename"](target, source)
                if saved:
                    REAL["rename"](saved, target)
        for folder in [p for p in self.paths() if p.is_dir()]:
            if folder.exists() and not self.safe(folder):
                self.forget(folder)

    def spoil(self, path: Path) -> None:
        """Take away what was written and not synced."""
        size = path.stat().st_size
        if self.plan.cut == "gone":
            REAL["unlink"](path)
            return
        keep = size // 2 if self.plan.cut in ("half", "zeros") else 0
        os.truncate(path, keep)
        if self.plan.cut == "zeros":
            os.truncate(path, size)

    def forget(self, folder: Path) -> None:
        """Take away names that came into a folder since it was synced."""
        known = self.listed.get(folder.stat().st_ino, set())
        for child in [c for c in folder.iterdir() if c.name not in known and c.name != "lock"]:
            shutil.rmtree(child) if child.is_dir() else REAL["unlink"](child)

    # What takes the place of the functions of os.

    def fsync(self, handle: Any) -> None:
        number = handle if isinstance(handle, int) else handle.fileno()
        path = self.inside(os.readlink(f"/proc/self/fd/{number}"))
        if path is None or (self.plan.deaf and path.name.endswith(self.plan.deaf)):
            return REAL["fsync"](handle)
        if path.suffix == ".jsonl":
            self.demand(path.parent, f"a line of {path.name}", but={path, path.parent})
        self.act("fsync", path, lambda: REAL["fsync"](handle), lambda: None)
        self.note(path)
        if path.is_dir():
            self.renames = [r for r in self.renames if path not in (r[0].parent, r[1].parent)]

    def move(self, name: str) -> Callable[..., None]:
        def moved(source: Any, target: Any, **more: Any) -> None:
            a, b = self.inside(source), self.inside(target)
            if a is None or b is None:
                return REAL[name](source, target, **more)
            # A partial film is begun anew after any death: its name says nothing.
            if not (b.name.endswith(".partial") and b.is_file()):
                self.demand(a, f"the name {b.name}")
            if b.name == "manifest.json":
                self.demand(self.root, "the manifest", but={a, self.root})
                early = [f"the manifest comes before the name {r[1].name}" for r in self.renames]
                self.plan.wrong += early if self.plan.check else []
            self.act(name, b, lambda: self._move(name, a, b), lambda: None)

        return moved

    def _move(self, name: str, source: Path, target: Path) -> None:
        saved = None
        if target.is_file():
            self.aside.mkdir(exist_ok=True)
            saved = self.aside / str(len(self.plan.operations))
            REAL["link"](target, saved)
        REAL[name](source, target)
        self.renames.append((source, target, saved))

    def plain(self, name: str) -> Callable[..., Any]:
        def done(path: Any, *args: Any, **more: Any) -> Any:
            mine = self.inside(path) if more.get("dir_fd") is None else self._below(path, more)
            if mine is None:
                return REAL[name](path, *args, **more)
            return self.act(name, mine, lambda: REAL[name](path, *args, **more), lambda: None)

        return done

    def _below(self, path: Any, more: dict[str, Any]) -> Path | None:
        return self.inside(os.path.join(os.readlink(f"/proc/self/fd/{more['dir_fd']}"), path))

    def open(self, file: Any, mode: str = "r", *args: Any, **more: Any) -> Any:
        path = self.inside(file)
        if path is None or not set(mode) & set("wax+"):
            return OPEN(file, mode, *args, **more)
        raw = self.act(f"open {mode}", path, lambda: self._opened(path, mode), lambda: None)
        return raw if "b" in mode else io.TextIOWrapper(raw, more.get("encoding") or "utf-8")

    def _opened(self, path: Path, mode: str) -> Any:
        disk = self
        kind = io.BufferedRandom if "+" in mode else io.BufferedWriter

        class Torn(kind):  # type: ignore[valid-type,misc]
            def write(self, data: Any) -> int:
                def some() -> None:
                    super(Torn, self).write(bytes(data)[: len(bytes(data)) // 2])
                    self.flush()

                def whole() -> int:
                    count = super(Torn, self).write(data)
                    if disk.plan.at:
                        self.flush()
                    return int(count)

                return int(disk.act("write", path, whole, some))

        return Torn(io.FileIO(str(path), mode.replace("b", "")))

    def demand(self, below: Path, what: str, but: set[Path] = frozenset()) -> None:  # type: ignore
        """Note what is not on the disk though something is about to say that it is."""
        if not self.plan.check:
            return
        for path in self.paths(below):
            partial = below == self.root and ".partial" in path.as_posix()
            if path not in but and path.name != "lock" and not partial and not self.safe(path):
                self.plan.wrong.append(f"{what} comes before {path.relative_to(self.root)}")


def main() -> int:
    plan = Plan(**json.loads(sys.argv[1]))
    disk = Disk(plan)
    os.fsync = disk.fsync
    os.rename, os.replace = disk.move("rename"), disk.move("replace")
    for name in ("unlink", "remove", "rmdir", "mkdir", "link"):
        setattr(os, name, disk.plain(name))
    # The tree is taken away file by file, where each can be counted.
    shutil._use_fd_functions = False  # type: ignore[attr-defined]
    builtins.open = io.open = disk.open  # type: ignore[assignment]
    if plan.roomy:
        shutil.disk_usage = lambda path: shutil._ntuple_diskusage(1 << 60, 0, 1 << 60)  # type: ignore
    import cli

    code = cli.main(sys.argv[2:])
    disk.tell()
    return code


if __name__ == "__main__":
    sys.exit(main())

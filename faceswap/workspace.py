"""A job's directory: where each artefact lies, and how one is made without half of it showing."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from faceswap import manifest
from faceswap.artefacts import ARTEFACTS, artefact
from faceswap.errors import BadMedia, BadOption, FaceswapError, MissingArtefact, OutOfSpace
from faceswap.manifest import Entry, Manifest
from faceswap.provenance import consent
from faceswap.storage import confined, durable

SIDES = ("source", "target")
#: Bytes of a workspace's name: file systems take 255, and `.draft` is put behind it.
LONGEST = 240


#: What the operating system says of a disk, or somebody's share of it, that is full.
FULL = {errno.ENOSPC, errno.EDQUOT}
#: Places whose ending the stage decides, and endings of what may lie beside them.
OPEN = {"output", "mask"}
BESIDE = {".partial", ".old", ".gone", ".json", ".c2pa"}


@dataclass(frozen=True)
class Workspace:
    """A job's directory, seen whole or, after `on`, from one side.

    Artefacts are named as in `ARTEFACTS`; `source/frames` and, on a side, `frames` are the same.

    Attributes:
        root: The directory.
        side: `source`, `target`, or empty.
        kept: Names of artefacts that are fresh: a stage that is `separate` leaves them alone.
    """

    root: Path
    side: str = ""
    kept: frozenset[str] = frozenset()

    @classmethod
    def create(
        cls, root: Path, source: Sequence[Path], target: Sequence[Path] = (), consented: bytes = b""
    ) -> Workspace:
        """A new workspace of films and folders of images; `consented`: what consent.toml holds."""
        cls.refuse(root, source, target)
        draft = root.with_name(root.name + ".draft")
        with writing(root):
            durable.remove(draft)
            try:
                for side, paths in zip(SIDES, (source, target), strict=True):
                    _bring(paths, draft / side / "media")
                manifest.save(_with_consent(draft, consented), draft / "manifest.json")
            except OSError:
                # On a full disk half a film would take up what is left.
                durable.remove(draft)
                raise
            if root.exists():
                root.rmdir()
            durable.publish(draft, root)
        return cls(root)

    @staticmethod
    def refuse(root: Path, source: Sequence[Path], target: Sequence[Path]) -> None:
        """Refuse to make a workspace where something is, or of media that are not there."""
        for path in [*source, *target]:
            if not path.exists():
                raise BadMedia(f"{path} is not there: expected a video or a folder of images")
            if path.is_dir():
                confined.check(path)
        if len(os.fsencode(root.name)) > LONGEST:
            raise BadOption(f"the name {root.name[:20]}... is too long: at most {LONGEST} bytes")
        if not root.name or (root.exists() and not root.is_dir()):
            raise BadOption(f"{root} is a file or no name: name a directory to make")
        if (root / "manifest.json").exists() or (root.is_dir() and any(root.iterdir())):
            raise BadOption(f"{root} is not empty: choose another name, or remove it first")

    @classmethod
    def open(cls, root: Path) -> Workspace:
        """The workspace at `root`."""
        # Unlike pathlib's, this says no of a name that is too long.
        if not os.path.isfile(root / "manifest.json"):
            raise MissingArtefact(
                f"{root} is no workspace: "
                f"make it with `faceswap new {root} --source FACE --target FILM`"
            )
        confined.check(root)
        return cls(root)

    def on(self, side: str) -> Workspace:
        """The same workspace seen from `source` or `target`; empty: whole."""
        return replace(self, side=side)

    def lacks(self, side: str) -> bool:
        """Whether it is made of the other side alone."""
        return any(self.exists(f"{one}/media") for one in SIDES) > self.exists(f"{side}/media")

    def manifest(self) -> Manifest:
        """What made each artefact."""
        return manifest.load(self.root / "manifest.json")

    def path(self, name: str) -> Path:
        """Where the artefact lies, or will lie."""
        place = self._place(name)
        return next(iter(_variants(place)), place) if place.name in OPEN else place

    def exists(self, name: str) -> bool:
        """Whether a finished artefact is there."""
        return self.path(name).exists()

    def fingerprint(self, name: str) -> str:
        """What tells the artefact from an edited one; those that lie in its folder do not count."""
        place = self._place(name)
        others = (self._place(other) for other, known in ARTEFACTS.items() if not known.side)
        inside = [p.relative_to(place).as_posix() for p in others if place in p.parents]
        return manifest.fingerprint(self.path(name), inside)

    def seals(self, name: str) -> dict[str, str]:
        """The digests of the artefact's files that nobody edits, by their names in it."""
        place = self.path(name)
        found = {file: manifest.seal(place / file) for file in artefact(name).sealed}
        return {file: seal for file, seal in found.items() if seal}

    def require(self, name: str) -> Path:
        """The artefact's path; raises `MissingArtefact` with the stage that makes it."""
        path = self.path(name)
        if not path.exists():
            stage = artefact(name).stage
            raise MissingArtefact(
                f"{path} is missing: run `faceswap {stage} {self.root}` first, or `faceswap run`"
            )
        return path

    def partial(self, name: str) -> Path:
        """Where the artefact lies while it is made."""
        place = self._place(name)
        return place.with_name(place.name + ".partial")

    def recover(self) -> None:
        """Finish what a kill interrupted while something was put into its place."""
        seen = {self.on(side)._place(name).parent for side in SIDES for name in ARTEFACTS}
        with writing(self.root):
            for folder in sorted(seen):
                durable.recover(folder)

    @contextmanager
    def making(self, name: str, suffix: str = "") -> Iterator[Path]:
        """The path to make an artefact at; renamed into place when the block ends well.

        A block that raises leaves the partial artefact, to be gone on from.

        Args:
            name: The artefact's.
            suffix: Ending of the final name, with its dot, where the stage decides it.
        """
        partial, place = self.partial(name), self._place(name)
        final = place.with_name(place.name + suffix)
        with writing(partial):
            if artefact(name).folder:
                partial.mkdir(parents=True, exist_ok=True)
            durable.tidy(partial)
            yield partial
            durable.tidy(partial)
            durable.publish(partial, final)
            for old in _variants(place) if place.name in OPEN else ():
                if old != final:
                    durable.remove(old)

    def _place(self, name: str) -> Path:
        side = name.rpartition("/")[0] or (self.side if artefact(name).side else "")
        return self.root / side / artefact(name).place


def _variants(place: Path) -> list[Path]:
    """The files a place without a fixed ending may stand for, as they are there."""
    found = [place, *sorted(place.parent.glob(place.name + ".*"))]
    return [p for p in found if p.exists() and p.suffix not in BESIDE]


def _with_consent(root: Path, record: bytes) -> Manifest:
    """The manifest of a new workspace; the record of consent, if there is one, is put there."""
    if not record:
        return Manifest()
    path = root / consent.FILE
    durable.write(path, record)
    said = msgspec.to_builtins(consent.read(path))
    key = manifest.digest("new", said)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    entry = Entry("new", said, key, key, manifest.fingerprint(path), 0.0, now, {}, {})
    return Manifest(artefacts={"consent": entry})


def _bring(paths: Sequence[Path], folder: Path) -> None:
    for number, path in enumerate(paths):
        folder.mkdir(parents=True, exist_ok=True)
        name = path.resolve().name if len(paths) == 1 else f"{number:03d}_{path.resolve().name}"
        if path.is_dir():
            shutil.copytree(path, folder / name, copy_function=_link)
        else:
            _link(path, folder / name)


def _link(source: str | Path, copy: str | Path) -> None:
    # A link costs no room; across file systems, or where links are not allowed, copy.
    try:
        os.link(Path(source).resolve(), copy)
    except OSError:
        shutil.copyfile(source, copy)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """The operating system's refusals, as errors with advice."""
    try:
        yield
    except FaceswapError:
        raise
    except PermissionError as error:
        raise FaceswapError(
            f"{error.filename or path} may not be written: choose a place that is yours"
        ) from error
    except OSError as error:
        if error.errno == errno.EROFS:
            raise FaceswapError(f"{path} lies on a disk that is read-only") from error
        if error.errno == errno.EIO:
            raise FaceswapError(
                f"the disk of {error.filename or path} reports errors: what was done is kept; "
                "copy the workspace to another one"
            ) from error
        if error.errno not in FULL:
            raise
        raise OutOfSpace(
            f"no room left on the disk of {path}: what was done is kept; make room, run again"
        ) from error

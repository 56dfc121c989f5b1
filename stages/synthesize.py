"""A trained model of faces at work: make faces up, walk between them, edit, invert, complete."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faceswap.alignment.crops import Crop, CropFolder
from faceswap.data.face_batches import FaceBatches
from faceswap.data.labels import Labels
from faceswap.data.packed import PackedFaces
from faceswap.errors import BadOption
from faceswap.generation.attributes import attributes
from faceswap.generation.generative import Encodes, Samples
from faceswap.generation.inverting import WAYS
from faceswap.generation.trained import Trained
from faceswap.model import load, load_recipe
from faceswap.options import option
from faceswap.pictures.sheet import spread
from faceswap.provenance.marks import Marks
from faceswap.provenance.statement import ModelUsed
from faceswap.stage import Progress, Stage, Summary, silent
from faceswap.storage import digests, durable
from faceswap.workspace import SIDES, Workspace

#: What needs faces of a side beside the model; and how many are made up where nobody says.
FROM_FACES = ("edit", "invert", "complete", "paint")
COUNTS = {"interpolate": 4, "mix": 5, "edit": 1, "invert": 4, "complete": 4}
#: Amounts on a sheet of an edited face, as parts of the one asked for.
STEPS = (-1.0, -0.5, 0.0, 0.5, 1.0)
#: Frames a second of a walk.
RATE = 24


@dataclass(frozen=True)
class Synthesize(Marks, Stage):
    """Make faces with the model that was trained on one side's; `--action` says what.

    `sample`: a sheet of faces that are nobody's, and each of them. `interpolate`: a film of a walk
    from one to the next. `mix`: a table of the coarse of some with the fine of others. `edit`: an
    attribute of a real face changed, in its frame, or of all faces in their films. `invert`: real
    faces found again in the model. `complete`: their lower halves made up. `paint`: a face that
    answers to strokes.
    """

    reads = ("model", "source/pairs", "source/crops", "source/frames")
    uses = ("consent",)
    writes = ("synthetic",)
    on_demand = True

    action: str = option(
        "sample",
        "What is done.",
        choices=("sample", "interpolate", "mix", *FROM_FACES),
    )
    count: int = option(0, "Faces; 0: as many as the action usually has.", low=0, high=4096)
    seed: int = option(0, "Where the random numbers start.", low=0)
    psi: float = option(1.0, "How far from the usual faces are; 0: the mean.", low=0, high=3)
    label: str = option("", "Class that all faces are of, by its name or number; empty: any.")
    frames_between: int = option(
        24, "Frames of a walk from one face to the next.", low=1, high=10000
    )
    levels: float = option(0.5, "Part of the levels that a mix calls coarse.", low=0, high=1)
    side: str = option("source", "Side whose faces are edited or found again.", choices=SIDES)
    crop: str = option("", "Name of the face's crop; empty: the first; all: every face, edited.")
    attribute: str = option("", "What is edited: a column of the faces' labels that is a number.")
    amount: float = option(2.0, "How far it is edited, in deviations.", low=-20, high=20)
    by: str = option(
        "hybrid", "How faces are found again: by encoder, search, or both.", choices=WAYS
    )
    search: int = option(300, "Steps of the search for latents.", low=1, high=100_000)
    strokes: str = option("", "PNG of the face's square: what is opaque is wanted.", file=True)

    def takes(self) -> tuple[str, ...]:
        """The model, and a side's faces where they are looked at."""
        if self.action not in FROM_FACES:
            return ("model",)
        return ("model", *(f"{self.side}/{name}" for name in ("pairs", "crops", "frames")))

    def validate(self) -> None:
        """Refuse an edit of nothing and painting without strokes."""
        if self.action == "edit" and not self.attribute:
            raise BadOption("edit wants --attribute: smile, say")
        if self.action == "paint" and not self.strokes:
            raise BadOption("paint wants --strokes FILE.png")

    def check(self, work: Workspace) -> None:
        """Refuse a model that makes up no faces, and what cannot sign."""
        from faceswap.generation.synthesis import Synthesis

        Synthesis(load_recipe(work.require("model")), None).demand(Samples, "makes up no faces")
        self.check_marks(work)

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Make the pictures, sign them, and write what is measured beside them."""
        from faceswap.generation.synthesis import Synthesis

        folder = work.require("model")
        model, net = load(folder, "float32")
        made = Synthesis(model, net, self.seed, self.psi, self.label)
        used = digests.of_file(folder / "weights.safetensors")
        kind = "edit" if self.action in ("edit", "complete", "paint", "invert") else "synthesis"
        marker = self.marker(work, kind, ModelUsed(model.name, used, model.recipe().options))
        if not self.mark:
            progress.warn("nothing in the output will say that it is synthetic: say so yourself")
        action: Callable[[Workspace, Path, Any], Summary] = getattr(self, f"_{self.action}")
        with work.making("synthetic") as place:
            for left in place.iterdir():
                durable.remove(left)
            summary = action(work, place, made)
            for path in sorted(p for p in place.rglob("*") if p.is_file()):
                if path.suffix != ".json":
                    marker.sign(path, path.suffix[1:], {})
        marker.publish(work.partial("synthetic"), work.path("synthetic"))
        return {"action": self.action, **summary}

    def _sample(self, work: Workspace, place: Path, made: Any) -> Summary:
        from faceswap.generation.synthesis import write_face, write_sheet

        faces = made.sample(self._count)
        write_sheet(place / "sheet.png", faces)
        for number, face in enumerate(faces):
            write_face(place / f"{number:04d}.png", face)
        return {"faces": len(faces)}

    def _interpolate(self, work: Workspace, place: Path, made: Any) -> Summary:
        from faceswap.generation.synthesis import write_film, write_sheet

        faces = made.walked(self._count, self.frames_between)
        write_film(place / "walk.mp4", faces, RATE)
        write_sheet(place / "sheet.png", faces[:: max(1, len(faces) // 32)])
        return {"frames": len(faces)}

    def _mix(self, work: Workspace, place: Path, made: Any) -> Summary:
        from faceswap.generation.synthesis import write_sheet

        write_sheet(place / "sheet.png", made.mixed(self._count, self.levels), self._count + 1)
        return {"faces": self._count**2}

    def _edit(self, work: Workspace, place: Path, made: Any) -> Summary:
        from faceswap.generation.editing import change, write_edited
        from faceswap.generation.synthesis import write_sheet

        made.demand(Encodes, "cannot encode a face")
        feed, labels = self._learnt(work, made.model)
        latents = made.model.encode(made.net, feed.plain(feed.places))
        found = attributes(latents, labels.rows(feed.places))
        way = found.way(self.attribute)
        crops = self._crops(work)
        faces = feed.plain([number for number, _ in crops])
        first = [
            faces[0] + change(made.model, made.net, faces[:1], way, self.amount * step)[0]
            for step in STEPS
        ]
        write_sheet(place / "sheet.png", first, len(STEPS))
        changes = defaultdict(list)
        for start in range(0, len(crops), 64):
            some = faces[start : start + 64]
            moved = change(made.model, made.net, some, way, self.amount)
            for (_, crop), one in zip(crops[start : start + 64], moved, strict=True):
                changes[crop.frame].append((crop, one))
        side = feed.packed.faces.shape[1]
        written = list(write_edited(work.on(self.side), place, changes, side))
        alone = round(float(found.shares[list(found.names).index(self.attribute)]), 3)
        beside = ", ".join(f"{n} {c:.2f}" for n, c in found.beside(self.attribute).items())
        summary = {"faces": len(crops), "files": len(written), "told apart": alone}
        return summary | {"cosines": beside}

    def _invert(self, work: Workspace, place: Path, made: Any) -> Summary:
        from faceswap.generation.synthesis import write_sheet

        faces, rows, summary = self._faces(work, made.model), [], {}
        for name, given in (("psnr", faces), ("psnr of own", made.own(len(faces)))):
            found = made.inverted(given, self.by, self.search)
            summary[name] = round(float(found.psnr(given).mean()), 2)
            rows += [*given, *found.drawn]
        write_sheet(place / "sheet.png", rows, len(faces))
        return {"faces": len(faces), **summary}

    def _complete(self, work: Workspace, place: Path, made: Any) -> Summary:
        from faceswap.generation.synthesis import write_sheet

        faces = self._faces(work, made.model)
        known = np.zeros(faces.shape[1:3], bool)
        known[: len(known) // 2] = True
        done = made.completed(faces, known, self.search)
        given = np.where(known[..., None], faces, np.float32(0.5))
        write_sheet(place / "sheet.png", [*given, *done, *faces], len(faces))
        error = float(((done - faces)[:, ~known] ** 2).mean())
        return {"faces": len(faces), "mse below": round(error, 5)}

    def _paint(self, work: Workspace, place: Path, made: Any) -> Summary:
        from faceswap.generation.synthesis import read_strokes, write_sheet

        start = made.inverted(self._faces(work, made.model)[:1], self.by, self.search).latents
        before, after = made.painted(start, Path(self.strokes), self.search)
        wanted, mask = read_strokes(Path(self.strokes), made.model.size)
        shown = np.where(mask[..., None], wanted, before[0])
        write_sheet(place / "sheet.png", [before[0], shown, after[0]], 3)
        errors = [float(np.abs(one[0] - wanted)[mask].mean()) for one in (before, after)]
        outside = float(np.abs(after - before)[0][~mask].mean())
        left = round(errors[1] / max(errors[0], 1e-9), 3)
        return {"error left": left, "change outside": round(outside, 4)}

    @property
    def _count(self) -> int:
        return self.count or COUNTS.get(self.action, 16)

    def _learnt(self, work: Workspace, model: Any) -> tuple[FaceBatches, Labels]:
        """The side's faces without those held out, and all faces' labels."""
        packed = PackedFaces(work.require(f"{self.side}/pairs"))
        learnt = Trained.of(work).split(packed).learnt
        feed = FaceBatches(packed, model.size, 1, learnt=learnt)
        return feed, Labels.load(packed.folder, len(packed.faces))

    def _crops(self, work: Workspace) -> list[tuple[int, Crop]]:
        """The faces that are meant, with their places among those packed."""
        known = list(CropFolder(work.require(f"{self.side}/crops")).learnable())
        chosen = [
            (number, crop)
            for number, crop in enumerate(known)
            if self.crop in ("all", crop.name) or (not self.crop and number < self._count)
        ]
        if not chosen:
            raise BadOption(f"no crop {self.crop!r} among those that were packed: see labels.csv")
        return chosen

    def _faces(self, work: Workspace, model: Any) -> Any:
        feed, _ = self._learnt(work, model)
        places = [number for number, _ in self._crops(work)]
        if not self.crop and self.action != "paint":
            places = spread(len(feed.packed.faces), self._count)
        return feed.plain(places)

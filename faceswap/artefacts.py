"""What stages make: where each thing lies in a workspace, and which of its files nobody edits."""

from __future__ import annotations

from dataclasses import dataclass

from faceswap.provenance import consent


@dataclass(frozen=True)
class Artefact:
    """One thing that stages make: its place and what it is.

    Attributes:
        place: Its name on its side, or in the workspace.
        stage: What makes it.
        folder: Whether it is one.
        side: Whether each side has its own.
        sealed: Names of the files in it that nobody edits: what changes there is damage. The
            empty name is the artefact itself. All else may be edited, and a change makes stale.
    """

    place: str
    stage: str
    folder: bool = False
    side: bool = True
    sealed: tuple[str, ...] = ()


_PACKED = ("faces.npy", "masks.npy", "landmarks.npy")
_MODEL = ("model.json", "weights.safetensors")
_DRAWN = ("faces", "masks", "targets", "hulls", "differences", "occlusion")
_SWAPPED = ("crops.jsonl", *(f"{name}.npy" for name in _DRAWN))

ARTEFACTS = {
    "media": Artefact("media", "new", folder=True),
    "consent": Artefact(consent.FILE, "new", side=False),
    "frames": Artefact("frames.json", "extract", sealed=("",)),
    "images": Artefact("frames", "extract", folder=True),
    "faces": Artefact("faces.jsonl", "detect", sealed=("",)),
    "people": Artefact("people.toml", "people"),
    "known": Artefact("people", "people", folder=True),
    "crops": Artefact("faces", "align", folder=True, sealed=("crops.jsonl",)),
    "left_out": Artefact("left_out.json", "sort"),
    "pairs": Artefact("pairs", "warp", folder=True, sealed=_PACKED),
    "model": Artefact("model", "train", folder=True, side=False, sealed=_MODEL),
    "rates": Artefact("rates.png", "rates", side=False),
    "swapped": Artefact("swapped", "convert", folder=True, side=False, sealed=_SWAPPED),
    # What is drawn of swapped faces lies beside them.
    "masks": Artefact("swapped/masks", "convert", folder=True, side=False),
    "sweep": Artefact("swapped/sweep.png", "convert", side=False),
    "output": Artefact("output", "merge", side=False),
    "mask_video": Artefact("mask", "merge", side=False),
    "report": Artefact("report", "evaluate", folder=True, side=False),
    "synthetic": Artefact("synthetic", "synthesize", folder=True, side=False),
}


def artefact(name: str) -> Artefact:
    """What is known of an artefact, qualified or not.

    One that is not in `ARTEFACTS` is its own stage's, and lies where its name says: a file if that
    has an ending, else a folder. So a new stage needs no line above.
    """
    bare = name.rpartition("/")[2]
    return ARTEFACTS.get(bare) or Artefact(bare, "run", folder="." not in bare)

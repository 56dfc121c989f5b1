"""Best: the weights that scored best so far, kept beside the newest checkpoints."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from faceswap.errors import Damaged
from faceswap.storage import durable
from faceswap.storage.untrusted import load_json
from faceswap.training.examiner import Figures
from faceswap.weights import Weights, get_weights, read_weights, weights_bytes


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `best.json` says: the step, the key of the faces, the figures, the weights' SHA-256."""

    step: int
    faces: str
    figures: Figures
    digest: str


@dataclass(frozen=True)
class Best:
    """The best weights in a folder, among those measured on the same faces.

    A set is a folder named by its step, written beside its place, brought to the disk and renamed;
    the one before goes after that. So at any moment one of them is whole.
    """

    folder: Path
    faces: str

    def offer(self, net: Any, step: int, figures: Figures) -> None:
        """Keep the weights of `net` if these are better figures than those before."""
        from safetensors.numpy import save as pack

        before = self.record()
        if before and figures.score <= before.figures.score:
            # A kill may have kept the one before from being taken away.
            self._leave(self._place(before.step))
            return
        data = pack(get_weights(net))
        record = Record(step, self.faces, figures, hashlib.sha256(data).hexdigest())
        final = self._place(step)
        draft = final.with_name(f"{final.name}.partial")
        durable.remove(draft)
        durable.make_folder(self.folder)
        draft.mkdir()
        (draft / "weights.safetensors").write_bytes(data)
        (draft / "best.json").write_bytes(msgspec.json.encode(record) + b"\n")
        durable.publish(draft, final)
        self._leave(final)

    def record(self) -> Record | None:
        """Which weights are the best; None where none of these faces are there, or whole."""
        records = [record for place in self.folder.glob("*") if (record := self._whole(place))]
        return max(records, key=lambda r: (r.figures.score, -r.step), default=None)

    def weights(self, record: Record) -> Weights:
        """The weights that a record tells of."""
        return read_weights(self._place(record.step) / "weights.safetensors")

    def _place(self, step: int) -> Path:
        return self.folder / f"{step:09d}"

    def _leave(self, place: Path) -> None:
        for other in self.folder.iterdir():
            if other != place:
                durable.remove(other)

    def _whole(self, place: Path) -> Record | None:
        try:
            record = load_json(place / "best.json", Record, "is no record", "train again")
            data = weights_bytes(place / "weights.safetensors")
        except Damaged:
            return None
        good = place.name == f"{record.step:09d}" and record.faces == self.faces
        return record if good and hashlib.sha256(data).hexdigest() == record.digest else None

"""Every reader of a document in a workspace, and what is asked of what it gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from faceswap import manifest, plan, settings
from faceswap.alignment.crops import CropFolder, FrameCrops
from faceswap.data.packed import PackedFaces
from faceswap.detection.convolutions import convolutions
from faceswap.detection.dlib_file import read_network, reading
from faceswap.detection.faces import landmarks_array, read_faces
from faceswap.evaluation.evaluation_record import read_figures
from faceswap.films.frame_index import FrameIndex
from faceswap.ledger import Ledger
from faceswap.lock import locked
from faceswap.model import load_recipe
from faceswap.people.casting import Known
from faceswap.people.corrections import Corrections
from faceswap.people.people import Cast, People
from faceswap.storage.journal import Journal
from faceswap.storage.rows import Rows
from faceswap.training.best import Best
from faceswap.training.checkpoint import Checkpoints
from faceswap.training.history import History
from faceswap.weights import read_weights
from faceswap.workspace import Workspace
from stages.sort import Described


def _manifest(path: Path) -> None:
    found = manifest.load(path)
    manifest.save(found, path)
    work = Workspace(path.parent)
    states = Ledger(work)
    jobs = plan.jobs(work, plan.order(), {}, {})
    states.states(jobs)
    for job in jobs:
        states.changes(job)


def _frame_index(path: Path) -> None:
    index = FrameIndex.load(path)
    index.ranges()
    for clip in index.clips:
        assert clip.tick > 0 and clip.seconds >= 0
        assert not Path(clip.path).is_absolute()
    index.save(path)


def _faces(path: Path) -> None:
    for line in read_faces(path):
        for face in line.faces:
            assert abs(landmarks_array(face)).max() < 1e6


def _crops(path: Path) -> None:
    for line in Journal(path, FrameCrops):
        for crop in line.crops:
            assert (path.parent / crop.name).parent == path.parent
            assert abs(crop.crop_points).max() < 1e12
    Journal(path, FrameCrops).left([(0, 1), (1, 3)])


def _people(path: Path) -> None:
    people = People.load(path)
    Cast(people)
    people.save(path)
    assert People.load(path) == people


def _settings(path: Path) -> None:
    plan.jobs(Workspace(path.parent), plan.order(), {}, {})
    settings.read(path, plan.order())


def _rows(path: Path) -> None:
    rows = Rows(path)
    rows.read(0, min(rows.shape[0], 3))
    rows.mapped()


def _packed(path: Path) -> None:
    packed = PackedFaces(path.parent)
    assert packed.faces.ndim == 4


def _lock(path: Path) -> None:
    with locked(path.parent) as news:
        assert isinstance(news, str)


def _metrics(path: Path) -> None:
    read_figures(path.parent)


def _array(path: Path) -> None:
    _rows(path)
    _packed(path)


def _network(path: Path) -> None:
    with reading(path):
        convolutions(read_network(path).layers)


#: The file's name, and what reads it: in an error of ours, or to the end.
READERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "manifest": ("manifest.json", _manifest),
    "frame_index": ("frames.json", _frame_index),
    "faces": ("faces.jsonl", _faces),
    "crops": ("crops.jsonl", _crops),
    "left_out": ("left_out.json", lambda path: CropFolder(path.parent / "faces").left_out()),
    "known": ("known.json", Known.load),
    "corrections": ("corrections.json", lambda path: Corrections(path, path).undo()),
    "history": ("history.jsonl", lambda path: History(path).cut(3)),
    "best": ("best.json", lambda path: Best(path.parent.parent, "a").record()),
    "state": ("state.json", lambda path: Checkpoints(path.parent.parent).restore(None, len)),
    "recipe": ("model.json", lambda path: load_recipe(path.parent)),
    "metrics": ("metrics.json", _metrics),
    "lock": ("lock", _lock),
    "people": ("people.toml", _people),
    "settings": ("faceswap.toml", _settings),
    "array": ("faces.npy", _array),
    "weights": ("weights.safetensors", read_weights),
    "network": ("network.dat", _network),
    "descriptors": ("descriptors.jsonl", lambda path: list(Journal(path, Described))),
}
assert issubclass(Described, msgspec.Struct)

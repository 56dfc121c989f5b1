"""A model of faces judged by its samples, beside baselines and real faces as it could show them."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from faceswap import manifest
from faceswap.data.labels import Labels
from faceswap.errors import BadOption, Unsupported
from faceswap.generation.coding_cost import histogram_bits
from faceswap.generation.generated import Seen
from faceswap.generation.judging import BASELINES, Judged, Judging
from faceswap.generation.sample_metrics import METRICS
from faceswap.generation.sample_report import lines, write_page
from faceswap.generation.trained import Trained
from faceswap.manifest import Entry, Manifest
from faceswap.model import save
from faceswap.training.history import History
from faceswap.weights import get_weights
from faceswap.workspace import Workspace
from models.original import Original
from models.pixelcnn import PixelCnn
from stages.evaluate import Evaluate

COUNT = 60


def trained(root: Path, model: str, **options: object) -> Workspace:
    """A workspace of faces of the target, in whose manifest is how its model was trained."""
    pairs = root / "target" / "pairs"
    pairs.mkdir(parents=True)
    (root / "target" / "media").mkdir()
    small = np.random.default_rng(0).integers(0, 256, (COUNT, 4, 4, 3), dtype=np.uint8)
    np.save(pairs / "faces.npy", small.repeat(10, axis=1).repeat(10, axis=2))
    Labels({"crop": [str(n) for n in range(COUNT)], "mine": ["a", "b", ""] * 20}).save(pairs)
    said = {"model": model, "side": "target", "held_out": 0.2, **options}
    entry = Entry("train", said, "", "", "", 0.0, "", {}, {})
    manifest.save(Manifest(artefacts={"model": entry}), root / "manifest.json")
    (root / "model").mkdir()
    return Workspace(root)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Of a network of grey pixels that has learnt nothing; the detector sees no face."""
    work = trained(tmp_path_factory.mktemp("judging"), "pixelcnn")
    model = PixelCnn(size=8, levels=4, width=4, depth=1, kernel=3)
    save(work.path("model"), model, get_weights(model.build()))
    with pytest.MonkeyPatch.context() as patch:
        found = "faceswap.generation.judging.look"
        patch.setattr(found, lambda f, _: Seen(np.zeros(len(f), bool), np.zeros((0, 128))))
        return Judging(Trained.of(work), "target", 12).judge()


def test_what_was_learnt_is_known_from_the_manifest(tmp_path: Path) -> None:
    found = Trained.of(trained(tmp_path / "a", "cgan", classes="mine"))
    assert found.one_sided and found.side == "target"
    feed = found.feed("target", 8)
    # A fifth is held out, and a third of the others has no label.
    assert len(found.split(feed.packed).learnt) == 48 and len(feed.places) == 32
    assert not Trained.of(trained(tmp_path / "b", "original")).one_sided


def test_where_nobody_knows_a_workspace_of_one_side_is_for_faces(tmp_path: Path) -> None:
    for side, alone in (("source", True), ("target", False)):
        (tmp_path / side / "media").mkdir(parents=True)
        (tmp_path / "manifest.json").write_text("{}")
        assert Trained.of(Workspace(tmp_path)).one_sided == alone


def test_evaluate_judges_what_the_model_makes_unless_it_is_told(tmp_path: Path) -> None:
    faces = trained(tmp_path / "faces", "dcgan")
    suited = Evaluate().suited(faces)
    assert suited.what == "target" and suited.takes() == ("model", "target/pairs")
    assert Evaluate(what="source").suited(faces).takes() == ("model", "source/pairs")
    assert "output" in Evaluate(what="film").suited(faces).takes()
    swap = Evaluate().suited(trained(tmp_path / "swap", "original"))
    assert swap.what == "film" and "model" not in swap.takes()


def test_limits_and_counts_are_those_of_what_is_judged() -> None:
    Evaluate(what="source", fail_under=("face_share=0.9",)).validate()
    Evaluate(what="film", samples=2).validate()
    with pytest.raises(BadOption, match="no metric `margin`: there are face_share, "):
        Evaluate(what="source", fail_under=("margin=1",)).validate()
    for what, few in (("film", 1), ("source", 3)):
        with pytest.raises(BadOption, match="at least 2 of a film and 4 of a model"):
            Evaluate(what=what, samples=few).validate()


def test_a_model_that_makes_up_no_faces_is_refused(tmp_path: Path) -> None:
    work = trained(tmp_path, "original")
    save(work.path("model"), Original(), {})
    with pytest.raises(Unsupported, match="original makes up no faces"):
        Evaluate(what="source").check(work)


def test_all_faces_are_as_the_model_could_at_best_show_them(judged: Judged) -> None:
    made = (judged.samples, *judged.others.values())
    for faces in (*made, judged.real.learnt, judged.real.few, judged.real.held):
        assert set(np.unique(faces)) <= {0.125, 0.375, 0.625, 0.875}
        assert np.ptp(faces, axis=-1).max() == 0
    assert [len(judged.real.learnt), len(judged.real.few), len(judged.real.held)] == [48, 12, 6]


def test_bits_of_held_out_faces_stand_beside_those_of_pixels_alone(judged: Judged) -> None:
    ours, alone = judged.figures["bits"], judged.baselines["independent"]["bits"]
    # A network that knows nothing takes about two bits for four levels.
    assert ours == pytest.approx(2, abs=0.5)
    grey = map(judged.model.quantised, (judged.real.learnt, judged.real.held))
    assert alone == pytest.approx(histogram_bits(*grey, 4), rel=1e-3) and 1 < alone < 2
    assert judged.baselines["pca"]["bits"] is None


def test_shares_of_levels_are_those_at_the_pixels_own_place() -> None:
    learnt = np.array([[[0, 1]], [[0, 1]], [[0, 0]]])
    held = np.array([[[0, 1]], [[1, 0]]])
    chances = [4 / 5, 3 / 5, 1 / 5, 2 / 5]
    assert histogram_bits(learnt, held, 2) == pytest.approx(-np.log2(chances).mean())


def test_the_record_says_what_was_measured_and_beside_what(judged: Judged) -> None:
    record = judged.record()
    assert record["face_share"] == 0 and record["frechet_descriptors"] is None
    assert record["samples"] == record["compared"] == 12 and record["learnt"] == 48
    assert record["compared_found"] == 0 and record["held_out"] == 6
    names = {metric.name for metric in METRICS}
    assert all(set(record["baselines"][kind]) == names <= set(record) for kind in BASELINES)


def test_the_table_has_a_row_a_figure_and_a_column_a_model(judged: Judged) -> None:
    rows = list(lines(judged))
    assert len(rows) == 1 + len(METRICS)
    assert re.split(r"\s{2,}", rows[0][0].strip()) == ["pixelcnn", *BASELINES, "better"]
    assert {"metric", "value", *BASELINES} == set(rows[1][1])


class Loaded(HTMLParser):
    """Collects what a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sources += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_the_page_needs_nothing_else_and_says_what_it_shows(judged: Judged, tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    told = ({"step": n, "seconds": 60 * n, "frechet": 9 - n, "loss": 1} for n in range(3))
    path.write_text("".join(json.dumps(line) + "\n" for line in told))
    write_page(tmp_path, judged, History(path), {"train": {"model": "pixelcnn"}})
    text = (tmp_path / "index.html").read_text()
    page = Loaded()
    page.feed(text)
    assert page.sources and all(one.startswith("data:image/jpeg") for one in page.sources)
    assert "synthetic" in text and text.count("<svg") == 2
    assert [text.count(f'<tr id="{metric.name}">') for metric in METRICS] == [1] * len(METRICS)
    # Each of the samples, with the learnt faces that it is most like.
    assert text.count("<figcaption>sample ") == 12

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceswap.data.dataset import SIDES, WarpedPairs
from faceswap.data.held_out import split
from faceswap.data.packed import PackedFaces
from faceswap.model import FaceModel, Faces, Swapped
from faceswap.training.examiner import Examiner, Figures
from faceswap.workspace import Workspace
from stages.align import Align
from stages.detect import Detect
from stages.extract import Extract
from stages.people import People
from stages.warp import Warp

SIZE = 96


@dataclass(frozen=True)
class Painter(FaceModel):
    """A model that cannot learn: its network is what it makes of a face."""

    size: int = SIZE

    def build(self) -> Any:
        return None

    def swap(self, net: Any, faces: Faces) -> Swapped:
        painted = np.asarray(net.paint(faces), np.float32)
        return Swapped(painted, np.ones(faces.shape[:3], np.float32), np.asarray(faces))

    def redrawn(self, net: Any, faces: Any) -> Any:
        return net.paint(faces)


class Copies:
    """Copies each side, and paints the swap as it is told."""

    def __init__(self, paint: Callable[[Faces], Faces]) -> None:
        self.paint = paint

    def __call__(self, given: dict[str, Faces], training: bool) -> dict[str, Faces]:
        return given


@pytest.fixture(scope="module")
def examiner(
    tmp_path_factory: pytest.TempPathFactory,
    short_clip: Callable[..., Path],
    talking_clip: Path,
    other_clip: Path,
) -> Examiner:
    films = [short_clip(other_clip, 6), short_clip(talking_clip, 8)]
    work = Workspace.create(tmp_path_factory.mktemp("exam") / "work", films[:1], films[1:])
    for stage in (Extract(), Detect(workers=1), People(), Align(size=128, workers=1)):
        for side in SIDES:
            stage.run(work.on(side))
    for side in SIDES:
        Warp().run(work.on(side))
    sides = {side: PackedFaces(work.path(f"{side}/pairs")) for side in SIDES}
    splits = {side: split(len(packed.faces), 0.1) for side, packed in sides.items()}
    return Examiner(Painter(), WarpedPairs(sides, SIZE, 2), splits)


def test_the_target_unswapped_is_the_target(examiner: Examiner) -> None:
    figures = examiner(Copies(lambda faces: faces))
    assert figures.ssim_source == figures.ssim_target == pytest.approx(1, abs=1e-4)
    assert figures.psnr_target == pytest.approx(100, abs=1)
    assert figures.margin < -0.4 and figures.d_target < 0.3
    assert figures.gain == pytest.approx(0, abs=0.15)
    assert figures.mouth == figures.eyes == pytest.approx(1)
    assert figures.expression_error == pytest.approx(0, abs=1e-6)
    assert figures.followed == pytest.approx(1, abs=1e-4)
    assert figures.score == pytest.approx((1 + max(figures.gain, 0) + 1) / 3, abs=1e-3)


def test_one_picture_of_the_source_is_the_source_and_does_not_move(examiner: Examiner) -> None:
    still = examiner.faces["source"][:1]
    figures = examiner(Copies(lambda faces: np.repeat(still, len(faces), 0)))
    assert figures.margin > 0.4
    assert figures.gain == pytest.approx(1, abs=0.25)
    assert figures.followed < 0.3
    assert figures.sharpness == pytest.approx(1, abs=0.3)


def test_worse_copies_and_blurred_swaps_have_worse_figures(examiner: Examiner) -> None:
    class Noisy(Copies):
        def __call__(self, given: dict[str, Faces], training: bool) -> dict[str, Faces]:
            noise = np.random.default_rng(0).normal(0, 0.1, given["source"].shape)
            return {"source": given["source"] + noise.astype(np.float32)}

    figures = examiner(Noisy(lambda faces: (faces + 3 * faces.mean((1, 2), keepdims=True)) / 4))
    assert figures.ssim_source < 0.9 and figures.psnr_source == pytest.approx(20, abs=1.5)
    assert figures.ssim_target == pytest.approx(1, abs=1e-4)
    assert figures.sharpness < 0.5


def test_figures_are_the_same_again(examiner: Examiner) -> None:
    again = Examiner(examiner.model, examiner.pairs, examiner.splits)
    net = Copies(lambda faces: faces[:, :, ::-1])
    assert again(net) == examiner(net)
    assert again.key == examiner.key and len(again.key) == 8


def test_other_faces_have_another_key(examiner: Examiner) -> None:
    few = {side: split(4, 0.1) for side in SIDES}
    assert Examiner(examiner.model, examiner.pairs, few).key != examiner.key


def test_a_network_that_has_diverged_has_no_figures(examiner: Examiner) -> None:
    with pytest.raises(FloatingPointError, match="no picture"), np.errstate(invalid="ignore"):
        examiner(Diverged(lambda faces: faces))


class Diverged(Copies):
    def __call__(self, given: dict[str, Faces], training: bool) -> dict[str, Faces]:
        return {"source": np.full_like(given["source"], np.nan)}


def test_every_figure_is_told_of() -> None:
    assert Figures.__doc__ is not None
    for name in Figures.__struct_fields__:
        assert f"        {name}: " in Figures.__doc__

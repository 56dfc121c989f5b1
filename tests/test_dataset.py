import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from faceswap.data.augment import Augment
from faceswap.data.dataset import SIDES, WarpedPairs, batches
from faceswap.data.degrade import Degrade
from faceswap.data.expression import COUNT
from faceswap.data.lesson import Lesson
from faceswap.data.packed import PackedFaces
from faceswap.data.relight import Relight
from faceswap.errors import Damaged, NoFaces
from faceswap.pictures.geometry import MARGIN, MEAN_FACE, crop_matrix, transform

ROOT = Path(__file__).parents[1]
STILL = Augment(rotation=0, zoom=0, shift=0, warp=0, flip=False, color=0)


@pytest.fixture
def sides(tmp_path):
    return {side: pack(tmp_path / side, 3 + 4 * n) for n, side in enumerate(SIDES)}


def pack(folder, count, side=160):
    folder.mkdir()
    random = np.random.default_rng(count)
    coarse = random.integers(0, 256, (count, 10, 10, 3), dtype=np.uint8)
    np.save(folder / "faces.npy", coarse.repeat(side // 10, 1).repeat(side // 10, 2))
    masks = np.zeros((count, side, side), np.uint8)
    masks[:, side // 4 : -side // 4, side // 4 : -side // 4] = 255
    np.save(folder / "masks.npy", masks)
    np.save(folder / "landmarks.npy", np.full((count, 68, 2), side / 2, np.float32))
    return PackedFaces(folder)


def test_batch_is_a_function_of_seed_and_step(sides):
    first, again = WarpedPairs(sides, 64, 4, seed=3), WarpedPairs(sides, 64, 4, seed=3)
    first(0)
    for one, two in zip(first(9), again(9), strict=True):
        for side in SIDES:
            np.testing.assert_array_equal(one[side], two[side])
    other = WarpedPairs(sides, 64, 4, seed=4)(9)
    assert (other[0]["source"] != again(9)[0]["source"]).any()
    assert (again(8)[0]["source"] != again(9)[0]["source"]).any()


def test_shapes_ranges_and_weights(sides):
    pairs = WarpedPairs(sides, 64, 5, lesson=Lesson(face=4, eyes=12, mouth=12))
    for given in zip(*(part.items() for part in pairs(0)), strict=True):
        (_, inputs), (_, targets), (_, weights) = given
        assert inputs.shape == targets.shape == (5, 64, 64, 3)
        assert inputs.dtype == targets.dtype == weights.dtype == np.float32
        assert inputs.min() >= 0 and inputs.max() <= 1
        assert weights.shape == (5, 64, 64)
        assert weights.mean() == pytest.approx(1, abs=1e-4)
        assert weights.max() / weights.min() == pytest.approx(12)


def test_expressive_pairs_say_what_each_face_does(sides):
    random = np.random.default_rng(0)
    for side in sides.values():
        points = MEAN_FACE + random.normal(0, 0.02, (len(side.faces), 68, 2))
        np.save(side.folder / "landmarks.npy", points.astype(np.float32) * 60)
    pairs = WarpedPairs(sides, 64, 3, lesson=Lesson(expression=True))
    streamed = next(iter(batches(pairs, 2)))
    assert streamed[1]["expression"].shape == (6, COUNT)
    assert streamed[2]["expression"].shape == (6,)
    np.testing.assert_array_equal(streamed[1]["expression"], pairs(2)[1]["expression"])
    assert "expression" not in WarpedPairs(sides, 64, 3)(2)[1]


@pytest.fixture
def seeing(sides):
    """Faces of the square's middle with eyes above at both sides, and a mouth below."""
    for side in sides.values():
        points = np.full((len(side.faces), 68, 2), 80, np.float32)
        for part, place in (((36, 42), (55, 60)), ((42, 48), (105, 60)), ((48, 60), (80, 105))):
            points[:, slice(*part)] = place
        np.save(side.folder / "landmarks.npy", points)
    return sides


def test_eyes_mouth_and_face_each_weigh_their_own(seeing):
    lesson = Lesson(face=4, eyes=12, mouth=6)
    weights = WarpedPairs(seeing, 64, 2, STILL, lesson=lesson)(0)[2]["target"][0]
    scale = 64 * MARGIN / 160
    places = {"eye": (55, 60), "mouth": (80, 105), "face": (80, 80), "background": (30, 30)}
    found = {}
    for part, place in places.items():
        x, y = ((np.array(place) - 80) * scale + 32).round().astype(int)
        found[part] = weights[y, x] / weights.min()
    expected = {"eye": 12, "mouth": 6, "face": 4, "background": 1}
    assert found == pytest.approx(expected, rel=0.02)
    eyes = WarpedPairs(seeing, 64, 2, STILL, lesson=Lesson(eyes=30))(0)[2]["target"][0]
    assert np.unique((eyes / eyes.min()).round(3)).tolist() == [1, 30]


def test_where_the_eyes_are_is_told(seeing):
    pairs = WarpedPairs(seeing, 64, 3, STILL, lesson=Lesson(eye_map=True))
    inputs, targets, weights = next(iter(batches(pairs, 0)))
    eyes = targets["eyes"].numpy()
    assert eyes.shape == (6, 64, 64) and set(np.unique(eyes)) == {0, 1}
    assert inputs.keys() == weights.keys() == set(SIDES)
    assert (weights["source"].numpy() == 1).all()
    # The crop's middle is what the network sees: places there, from the crop's.
    scale = 64 * MARGIN / 160
    for picture in eyes:
        seen = np.argwhere(picture).mean(0)[::-1]
        np.testing.assert_allclose(seen, (np.array([80, 60]) - 80) * scale + 32, atol=1)
        assert picture[32, 32] == 0 and picture.mean() < 0.05


def test_every_face_comes_once_before_any_comes_twice(sides):
    pairs = WarpedPairs(sides, 64, 2)
    taken = [place for step in range(7) for place in pairs.order(step, 1)]
    assert sorted(taken[:7]) == sorted(taken[7:]) == list(range(7))
    assert taken[:7] != taken[7:]


def test_what_is_held_out_never_comes(sides):
    learnt = {"source": np.array([0, 2]), "target": np.array([1, 2, 5])}
    pairs = WarpedPairs(sides, 64, 3, learnt=learnt)
    for number, side in enumerate(SIDES):
        taken = {place for step in range(5) for place in pairs.order(step, number)}
        assert taken == set(learnt[side].tolist())


def test_batch_may_be_larger_than_a_side(sides):
    assert sorted(WarpedPairs(sides, 64, 9).order(0, 0)) == sorted([0, 1, 2] * 3)


def test_unchanged_pair_is_the_middle_of_the_crop(sides):
    pairs = WarpedPairs(sides, 64, 3, STILL)
    inputs, targets, _ = pairs(0)
    np.testing.assert_allclose(inputs["source"], targets["source"], atol=1.5 / 255)
    crop = np.load(sides["source"].folder / "faces.npy")[pairs.order(0, 0)[0]]
    edge = round((1 - 1 / MARGIN) / 2 * 160)
    middle = crop[edge:-edge, edge:-edge].reshape(64, 2, 64, 2, 3).mean((1, 3)) / 255
    assert np.abs(targets["source"][0] - middle).mean() < 0.02


def test_warp_changes_the_input_and_not_the_mean_place(sides):
    inputs, targets, _ = WarpedPairs(sides, 64, 8, Augment(0, 0, 0, 1, False, 0))(0)
    assert np.abs(inputs["source"] - targets["source"]).mean() > 0.01


def test_stream_starts_at_the_step(sides):
    pairs = WarpedPairs(sides, 64, 2)
    streamed = next(iter(batches(pairs, 5)))
    for one, two in zip(streamed, pairs(5), strict=True):
        np.testing.assert_array_equal(one["target"].numpy(), two["target"])


def test_plain_faces_are_unchanged(sides):
    faces = WarpedPairs(sides, 64, 2).plain("target", range(7))
    assert faces.shape == (7, 64, 64, 3) and faces.dtype == np.float32
    other = WarpedPairs(sides, 64, 2, seed=9).plain("target", [2, 6])
    np.testing.assert_array_equal(faces[[2, 6]], other)


@pytest.mark.parametrize(
    ("name", "array", "error", "message"),
    [
        ("faces", np.zeros((0, 8, 8, 3), np.uint8), NoFaces, "holds no faces"),
        ("faces", np.zeros((2, 8, 9, 3), np.uint8), Damaged, r"\(n, s, s, 3\)"),
        ("faces", np.zeros((2, 8, 8, 3), np.float32), Damaged, "expected uint8, found float32"),
        ("masks", np.zeros((1, 8, 8), np.uint8), Damaged, "masks"),
        ("landmarks", np.zeros((1, 68, 2), np.float32), Damaged, "landmarks"),
    ],
)
def test_damaged_sets_are_named(name, array, error, message, tmp_path):
    pack(tmp_path / "side", 3)
    np.save(tmp_path / "side" / f"{name}.npy", array)
    with pytest.raises(error, match=message):
        getattr(PackedFaces(tmp_path / "side"), name)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(Damaged, match=r"faces\.npy is no array"):
        PackedFaces(tmp_path).faces  # noqa: B018


def test_the_mask_is_taught_as_a_fourth_channel(sides):
    plain = WarpedPairs(sides, 64, 3)(0)
    masked = WarpedPairs(sides, 64, 3, lesson=Lesson(mask=True))(0)
    for side in SIDES:
        taught = masked[1][side]
        assert taught.shape == (3, 64, 64, 4)
        np.testing.assert_array_equal(taught[..., :3], plain[1][side])
        assert 0 <= taught[..., 3].min() <= taught[..., 3].max() <= 1


def test_an_eased_warp_leaves_input_and_target_alike(sides):
    still = Augment(rotation=0, zoom=0, shift=0, flip=False, color=0)
    apart = []
    for left in (1.0, 0.0):
        inputs, targets, _ = WarpedPairs(sides, 64, 8, still, ease=lambda _, left=left: left)(0)
        apart.append(np.abs(inputs["source"] - targets["source"]).mean())
    assert apart[1] < 0.2 * apart[0]


def test_the_feed_tells_when_each_batch_was_made(sides):
    made = {}
    feed = iter(batches(WarpedPairs(sides, 64, 2), 5, made))
    next(feed)
    begun, ready = made[5]
    assert begun < ready
    assert min(made) == 5


@pytest.fixture
def faces(sides):
    """The sides with landmarks of faces that differ."""
    random = np.random.default_rng(0)
    seats = transform(MEAN_FACE, crop_matrix(MEAN_FACE, 160))
    for side in sides.values():
        points = seats + random.normal(0, 2, (len(side.faces), 68, 2))
        np.save(side.folder / "landmarks.npy", points.astype(np.float32))
    return {side: PackedFaces(packed.folder) for side, packed in sides.items()}


HARD = Augment(
    kind="landmarks",
    relight=Relight(recolor=0.5, shadow=0.5),
    degrade=Degrade(occluders=0.5, blur=0.5, noise=0.05, jpeg=0.5),
)


def test_all_changes_at_once_are_a_function_of_seed_and_step_in_any_process(faces):
    first = WarpedPairs(faces, 64, 4, HARD, 3, Lesson(mask=True), sampling="poses")
    first(0)
    folders = [str(packed.folder) for packed in faces.values()]
    code = f"""
import hashlib
from tests.test_dataset import HARD, SIDES, Lesson, PackedFaces, WarpedPairs, digest
from pathlib import Path
sides = dict(zip(SIDES, (PackedFaces(Path(one)) for one in {folders!r})))
print(digest(WarpedPairs(sides, 64, 4, HARD, 3, Lesson(mask=True), sampling="poses")(5)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == digest(first(5))
    assert digest(first(6)) != digest(first(5))


def digest(batch):
    seen = hashlib.sha256()
    for part in batch:
        for name in sorted(part):
            seen.update(part[name].tobytes())
    return seen.hexdigest()


def test_dirt_is_on_the_input_alone_and_light_on_both(faces):
    plain = WarpedPairs(faces, 64, 4, replace(HARD, relight=Relight(), degrade=Degrade()))(2)
    dirty = WarpedPairs(faces, 64, 4, replace(HARD, relight=Relight()))(2)
    lit = WarpedPairs(faces, 64, 4, replace(HARD, degrade=Degrade()))(2)
    for side in SIDES:
        assert np.abs(dirty[0][side] - plain[0][side]).max() > 0.1
        np.testing.assert_array_equal(dirty[1][side], plain[1][side])
        given, asked = lit[0][side] - plain[0][side], lit[1][side] - plain[1][side]
        changed = np.abs(asked).max(axis=(1, 2, 3)) > 0.05
        assert changed.any()
        assert (changed == (np.abs(given).max(axis=(1, 2, 3)) > 0.05)).all()
        np.testing.assert_array_equal(lit[2][side], plain[2][side])


def test_landmarks_are_warped_towards_learnt_faces_of_the_other_side(faces):
    learnt = {"source": np.array([0]), "target": np.arange(7)}
    pairs = WarpedPairs(faces, 64, 4, replace(HARD, kind="landmarks"), learnt=learnt)
    points, goals = pairs._guides(0, 1, [2, 3])
    own, other = faces["target"].landmarks[[2, 3]], faces["source"].landmarks[0]
    np.testing.assert_allclose(points, (own - 79.5) / 64, atol=1e-5)
    np.testing.assert_allclose(goals, np.stack([(other - 79.5) / 64] * 2), atol=1e-5)

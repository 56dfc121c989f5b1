import cv2
import numpy as np
import pytest

from faceswap.compositing import occlusion
from faceswap.compositing.occlusion import CHANNELS, GRID, REACH
from faceswap.pictures.geometry import MEAN_FACE, crop_matrix, transform
from faceswap.pictures.sampling import sample

SIZE, COUNT = 96, 40
#: The frames that something lies before the face in, and where.
FIRST, LAST = 15, 27
PLACE = np.s_[50:88, 14:50]
POINTS = transform(MEAN_FACE, crop_matrix(MEAN_FACE, SIZE, margin=1.0))


@pytest.fixture(scope="module")
def face(portrait):
    """The portrait as the network sees it, near enough."""
    eyes = np.array([[1.0, 0, 0], [0, 1, 0]]) * (SIZE / 150)
    eyes[:, 2] = -SIZE / 150 * np.array([55, 50])
    return sample(portrait, eyes, SIZE).astype(np.float32) / 255


def film(face, light=0.05):
    """Frames of a face in changing light, noisy, and a network's blurred copies of them."""
    random = np.random.default_rng(0)
    frames = np.stack(
        [
            face * (1 + light * np.sin(n / 5)) + random.normal(0, 0.01, face.shape)
            for n in range(COUNT)
        ]
    )
    frames = frames.clip(0, 1).astype(np.float32)
    return frames, np.stack([cv2.GaussianBlur(frame, (0, 0), 2.5) for frame in frames])


def found(frames, copies):
    points = np.stack([POINTS] * len(frames))
    differ = occlusion.differences(frames, copies, points).astype(np.float16)
    steady = occlusion.gathered(occlusion.evidence(differ, occlusion.usual(differ)))
    inside = occlusion.cells(POINTS, SIZE)
    return np.stack([occlusion.before(one, inside) for one in steady]) > 127, inside


def covering(kind, face):
    x = np.mgrid[: face.shape[0], : face.shape[1]][1] / SIZE
    if kind == "microphone":
        return np.repeat((0.1 + 0.05 * np.sin(90 * x))[..., None], 3, axis=2)
    skin = face[40:60, 30:60].reshape(-1, 3).mean(axis=0)
    return skin * (0.8 + 0.25 * np.sin(40 * x)[..., None])


@pytest.mark.parametrize("kind", ["microphone", "fingers"])
def test_what_the_network_does_not_draw_lies_before_the_face(face, kind):
    frames, copies = film(face)
    truth = np.zeros((SIZE, SIZE), np.float32)
    truth[PLACE] = 1
    frames[FIRST:LAST][:, truth > 0] = covering(kind, face)[truth > 0]
    masks, inside = found(frames, copies)
    true = (cv2.resize(truth, (GRID, GRID), interpolation=cv2.INTER_AREA) > 0.5) & inside
    during = masks[FIRST + 2 : LAST - 2]
    assert (during & true).sum() / (true.sum() * len(during)) > 0.75
    assert (during & ~true & inside).sum() / (inside.sum() * len(during)) < 0.15
    assert masks[: FIRST - REACH // 2].sum() == masks[LAST + REACH // 2 :].sum() == 0


def test_nothing_lies_before_a_face_in_changing_light(face):
    masks, _ = found(*film(face, light=0.3))
    assert not masks.any()


def test_a_part_that_is_always_drawn_badly_may_be_drawn_worse(face):
    """As long as it is never drawn well: then it lies before a face that is drawn in its place."""
    frames, copies = film(face)
    for well, seen in ((False, False), (True, True)):
        redder = np.full(COUNT, 0.0 if well else 0.12)
        redder[FIRST:LAST] = 0.19
        drawn = copies.copy()
        drawn[(slice(None), *PLACE, 0)] += redder[:, None, None].astype(np.float32)
        assert found(frames, drawn)[0].any() == seen


def test_a_copy_in_other_colours_differs_by_nothing_more(face):
    frames, copies = film(face)
    points = np.stack([POINTS] * COUNT)
    plain = occlusion.differences(frames, copies, points)
    tinted = (copies * [0.8, 0.9, 1.0] + 0.05).astype(np.float32)
    other = occlusion.differences(frames, tinted, points)
    assert plain.shape == (COUNT, GRID, GRID, CHANNELS)
    inside = occlusion.cells(POINTS, SIZE)
    assert np.abs(other - plain)[:, inside].mean() < 1.0
    assert np.abs(occlusion.differences(frames, copies * 0 + 0.5, points) - plain).mean() > 2


def test_a_hand_in_a_third_of_the_frames_does_not_become_usual():
    random = np.random.default_rng(0)
    values = random.normal(0, 1, (90, GRID, GRID, CHANNELS))
    values[:30, :10] += 20
    usual = occlusion.usual(values)
    assert np.abs(usual.middle).max() < 1.6
    assert occlusion.evidence(values, usual)[:30, :10].min() > 4


def test_evidence_of_one_frame_is_gathered_with_that_of_those_around_it():
    evidence = np.zeros((60, GRID, GRID), np.float32)
    evidence[30] = 1
    steady = occlusion.gathered(evidence)
    assert steady.sum(axis=0) == pytest.approx(np.ones((GRID, GRID)), abs=1e-3)
    assert steady[:, 0, 0].argmax() == 30
    assert not steady[: 30 - REACH].any() and not steady[31 + REACH :].any()


@pytest.mark.parametrize("count", [1, 100, 128, 300])
def test_pieces_of_a_run_give_what_the_whole_run_gives(count):
    evidence = np.random.default_rng(0).random((count, GRID, GRID)).astype(np.float32)
    whole = occlusion.gathered(evidence)
    parts = [
        occlusion.gathered(evidence[rows])[begin:end]
        for rows, begin, end in occlusion.chunks(range(count))
    ]
    np.testing.assert_array_equal(np.concatenate(parts), whole)

import cv2
import numpy as np
import pytest

from faceswap.data.degrade import Degrade, _shape, _trace

SIZE = 64


@pytest.fixture(scope="module")
def pictures(portrait):
    """The same real face four times, each in another tone."""
    face = cv2.resize(portrait, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    return np.stack([np.asarray(face * tone, np.uint8) for tone in (1.0, 0.9, 0.8, 0.7)])


def degrade(pictures, seed=0, **how):
    return Degrade(**how)(np.random.default_rng(seed), pictures)


def sharpness(pictures):
    return np.array([cv2.Laplacian(one, cv2.CV_64F).var() for one in pictures])


def test_nothing_is_done_where_nothing_is_asked_for(pictures):
    np.testing.assert_array_equal(degrade(pictures), pictures)


@pytest.mark.parametrize("how", ["occluders", "blur", "noise", "jpeg"])
def test_the_same_seed_does_the_same_and_leaves_what_was_given(pictures, how):
    before = pictures.copy()
    done = degrade(pictures, **{how: 0.5})
    np.testing.assert_array_equal(done, degrade(pictures, **{how: 0.5}))
    np.testing.assert_array_equal(pictures, before)
    assert (done != degrade(pictures, 1, **{how: 0.5})).any()


def test_one_kind_is_the_same_beside_the_others(pictures):
    hidden = degrade(pictures, occluders=0.7)
    both = degrade(pictures, occluders=0.7, noise=0.001)
    assert np.abs(both.astype(int) - hidden).max() <= 2


def test_blurred_pictures_are_less_sharp_and_as_bright(pictures):
    many = np.concatenate([pictures] * 5)
    done = degrade(many, blur=1.0)
    assert (sharpness(done) < 0.8 * sharpness(many)).all()
    assert np.abs(done.mean(axis=(1, 2, 3)) - many.mean(axis=(1, 2, 3))).max() < 2


def test_a_motion_has_a_direction_and_keeps_light():
    random = np.random.default_rng(0)
    kernels = [_trace(random, 256) for _ in range(20)]
    assert all(kernel.sum() == pytest.approx(1, abs=1e-5) for kernel in kernels)
    spreads = []
    for kernel in kernels:
        y, x = np.nonzero(kernel > 0.3 * kernel.max())
        spreads.append(np.linalg.eigvalsh(np.cov(x, y)))
    assert np.median([small / large for small, large in spreads]) < 0.1


def test_noise_has_at_most_the_deviation_asked_for():
    grey = np.full((200, 32, 32, 3), 128, np.uint8)
    noise = degrade(grey, noise=0.1).std(axis=(1, 2, 3)) / 255
    assert noise.max() < 0.105
    assert 0.03 < noise.mean() < 0.07


def test_compression_keeps_colours_and_leaves_blocks(pictures):
    done = degrade(pictures, jpeg=1.0).astype(int)
    assert np.abs(done.mean(axis=(1, 2)) - pictures.mean(axis=(1, 2))).max() < 4
    assert np.abs(done - pictures).mean() > 1


def test_what_lies_before_a_face_hides_a_part_of_it(pictures):
    many = np.concatenate([pictures] * 10)
    covered = (np.abs(degrade(many, occluders=1.0).astype(int) - many) > 8).any(-1).mean((1, 2))
    assert 0.05 < covered.mean() < 0.4
    assert covered.max() < 0.8
    shapes = [_shape(np.random.default_rng(n), SIZE) for n in range(20)]
    assert all(shape.max() > 200 and (shape == 0).any() for shape in shapes)


def test_what_lies_before_a_face_is_of_another_picture():
    black, white = (np.full((1, SIZE, SIZE, 3), tone, np.uint8) for tone in (0, 255))
    many = np.concatenate([black, white])
    for seed in range(20):
        assert degrade(many, seed, occluders=1.0)[0].max() > 50
    # Of one picture alone it is that one's own.
    assert degrade(black, occluders=1.0).max() == 0

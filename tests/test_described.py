"""dlib's network as something to learn by: its numbers, its slopes, and where it looks."""

from __future__ import annotations

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from faceswap.data.dataset import SIDES
from faceswap.detection.descriptors import Describer, face_chip
from faceswap.detection.detectors import open_detector
from faceswap.detection.landmarks import Landmarker
from faceswap.networks import described
from faceswap.networks.swap_net import seen
from faceswap.networks.terms import SWAP_TERMS, TERMS
from faceswap.pictures.geometry import MEAN_FACE, crop_matrix, transform
from faceswap.weights import get_weights

SIZE = 64


@pytest.fixture(scope="module")
def square(portrait: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A face as the network sees it."""
    found = open_detector("blaze").find(portrait, 50)[0]
    points = Landmarker().locate(portrait, found).points
    matrix = crop_matrix(points, SIZE, margin=1.0)
    return np.asarray(cv2.warpAffine(portrait, matrix, (SIZE, SIZE)), np.uint8)


def as_input(*faces: NDArray[np.uint8]) -> tf.Tensor:
    return tf.constant(np.stack(faces) / 255, tf.float32)


def test_descriptors_of_floats_are_dlibs(portrait: NDArray[np.uint8]) -> None:
    found = open_detector("blaze").find(portrait, 50)[0]
    points = Landmarker().locate(portrait, found).points
    chips = [face_chip(picture, points) for picture in (portrait, 255 - portrait)]
    by_dlib = Describer(1).describe(chips)
    by_keras = described.resnet().features(tf.constant(np.stack(chips), tf.float32))[-1]
    assert np.abs(by_dlib - by_keras.numpy()).max() < 1e-3
    assert np.linalg.norm(by_dlib[0] - by_dlib[1]) > 0.1


def test_a_square_is_cut_as_dlib_cuts_it_for_the_mean_face(square: NDArray[np.uint8]) -> None:
    places = transform(MEAN_FACE, crop_matrix(MEAN_FACE, SIZE, margin=1.0))
    chip = face_chip(square, places)
    cut = 255 * described.chips(as_input(square)).numpy()[0]
    apart = {
        (y, x): np.abs(chip.astype(float) - np.roll(cut, (y, x), (0, 1)))[3:-3, 3:-3].mean()
        for y in (-2, 0, 2)
        for x in (-2, 0, 2)
    }
    assert min(apart, key=lambda shift: apart[shift]) == (0, 0)
    by_dlib = Describer(1).describe([chip])
    assert np.linalg.norm(by_dlib - described.features(as_input(square))[-1].numpy()) < 0.06


@pytest.mark.parametrize("size", [64, 300])
def test_a_cut_is_a_mean_of_pixels(size: int) -> None:
    weights = described.cut(size, described.TOP)
    assert weights.shape == (150, size) and weights.min() >= 0
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-5)
    # The places that are read go on evenly, from the top to where the chip ends.
    places = weights[3:-3] @ (np.arange(size) + 0.5) / size
    step = described.SIDE / 149
    np.testing.assert_allclose(places, described.TOP + step * np.arange(3, 147), atol=2e-3)


def test_a_step_along_the_slope_brings_a_picture_nearer_to_the_person(
    square: NDArray[np.uint8],
) -> None:
    face = as_input(square)
    drawn = tf.constant(cv2.GaussianBlur(face[0].numpy(), (0, 0), 4)[None])
    for name in ("identity", "perceptual", "likeness"):
        losses = []
        picture = drawn
        for _ in range(2):
            with tf.GradientTape() as tape:
                tape.watch(picture)
                view = seen(face, face, picture)
                loss = (
                    TERMS[name](view)
                    if name in TERMS
                    else SWAP_TERMS[name](view, seen(face, face, face))
                )
            slope = tape.gradient(loss, picture)
            losses.append(float(loss))
            picture -= 1.0 * slope / tf.norm(slope)
        assert losses[1] < 0.95 * losses[0], name
        same = seen(face, face, face)
        if name in TERMS:
            assert float(TERMS[name](same)) == pytest.approx(0, abs=1e-6)


def test_the_network_is_loaded_only_where_a_term_asks_and_is_no_part_of_what_learns() -> None:
    from test_swap_net import tiny

    described.resnet.cache_clear()
    net = tiny()
    before = get_weights(net).keys()
    net.compile("sgd", {"l1": 1.0}, jit_compile=False)
    faces = {side: np.zeros((2, 8, 8, 3), np.float32) for side in SIDES}
    net.train_on_batch(faces, faces)
    assert described.resnet.cache_info().currsize == 0
    net.compile(keras.optimizers.SGD(0.1), {"identity": 1.0}, jit_compile=False)
    assert described.resnet.cache_info().currsize == 1
    kept = described.resnet()._model.get_weights()
    net.train_on_batch(faces, faces)
    assert get_weights(net).keys() == before
    for one, two in zip(kept, described.resnet()._model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)

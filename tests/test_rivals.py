"""What discriminators see of a picture, and how hard they pull at it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap import plugins
from faceswap.data.dataset import SIDES
from faceswap.networks.terms import View
from faceswap.training.adversarial import STEEPEST, Rivals, bounded
from faceswap.training.competing import Competing

SIZE = 16
RANDOM = np.random.default_rng(0)


def view(picture, **more):
    given = tf.constant(RANDOM.random(picture.shape), tf.float32)
    return View(given, tf.zeros_like(picture), picture, **more)


def test_only_the_face_is_judged_where_its_mask_is_known():
    rivals = Rivals("unet", SIZE, 0.1)
    picture = RANDOM.random((1, SIZE, SIZE, 3)).astype(np.float32)
    mask = np.zeros((1, SIZE, SIZE), np.float32)
    mask[:, 4:12, 4:12] = 1
    outside = picture.copy()
    outside[:, :3] = 0
    one, other = (
        rivals.fooled({s: View(p, p, tf.constant(p), mask=mask) for s in SIDES})
        for p in (picture, outside)
    )
    assert float(one) == float(other)
    assert float(one) != float(
        rivals.fooled({s: View(None, None, tf.constant(picture)) for s in SIDES})
    )


@pytest.mark.parametrize("kind", ["patch", "unet"])
def test_rivals_judge_detail_and_not_colours_where_nothing_is_laid_over(kind):
    """A slope of light is a detail at the edge alone, which the mask leaves out."""
    picture = tf.constant(RANDOM.random((1, SIZE, SIZE, 3)), tf.float32)
    lit = picture + tf.linspace(0.0, 0.5, SIZE)[:, None] * tf.constant([1.0, 0.5, -1.0])
    mask = np.zeros((1, SIZE, SIZE), np.float32)
    mask[:, 1:-1, 1:-1] = 1
    given = tf.zeros_like(picture)

    def apart(laid):
        keras.utils.set_random_seed(0)
        rivals, alpha = Rivals(kind, SIZE, 0.1, laid), tf.ones((1, SIZE, SIZE))
        views = [{s: View(given, p, p, mask, alpha=alpha) for s in SIDES} for p in (picture, lit)]
        one, other = (float(rivals.fooled(v)) for v in views)
        return abs(one - other)

    assert apart(laid=False) < 1e-5 < 1e-3 < apart(laid=True)


@pytest.mark.parametrize(("steep", "kept"), [(0.3, 0.3), (2.0, 2.0), (900.0, STEEPEST)])
def test_fooling_pulls_at_no_picture_harder_than_absolute_errors_bound_it(steep, kept):
    random = np.random.default_rng(0)
    picture = tf.constant(random.random((3, SIZE, SIZE, 3)), tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(picture)
        error = tf.reduce_mean(tf.abs(picture))
        value = steep * tf.reduce_mean(tf.where(picture > 0.5, picture, -picture))
        held = bounded(value, picture, tape.gradient(value, picture))
    assert float(held) == pytest.approx(float(value), rel=1e-4)
    usual, own, found = (tape.gradient(one, picture) for one in (error, value, held))
    lengths = [np.sqrt((np.asarray(one) ** 2).sum(axis=(1, 2, 3))) for one in (usual, found)]
    np.testing.assert_allclose(lengths[1], kept * lengths[0], rtol=1e-4)
    np.testing.assert_allclose(found, own * (kept / steep), rtol=1e-4)


@pytest.mark.parametrize("laid", [False, True])
def test_who_sees_whole_pictures_pulls_as_he_does(laid):
    keras.utils.set_random_seed(0)
    rivals = Rivals("unet", SIZE, 0.1, laid)
    for weight in rivals.weights:
        weight.assign(4 * weight)
    picture = tf.constant(RANDOM.random((1, SIZE, SIZE, 3)), tf.float32)
    whole = view(picture, alpha=tf.ones((1, SIZE, SIZE)))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(picture)
        fooled, error = rivals.fooled({"source": whole}), tf.reduce_mean(tf.abs(picture))
    slopes = [np.linalg.norm(np.ravel(tape.gradient(one, picture))) for one in (fooled, error)]
    assert (slopes[0] > 1.01 * STEEPEST * slopes[1]) == laid


@pytest.mark.parametrize("known", [False, True], ids=["no mask", "mask"])
@pytest.mark.parametrize("name", ["faceswap_gan", "lite"])
def test_what_an_untaught_mask_lays_over_is_judged_too(name, known):
    model = plugins.load("models", name)
    rivals = Competing("unet").rivals(model(size=64))
    picture = tf.constant(RANDOM.random((1, 64, 64, 3)), tf.float32)
    alpha = tf.Variable(np.full((1, 64, 64), 0.5, np.float32))
    mask = np.zeros((1, 64, 64), np.float32)
    mask[:, 16:48, 16:48] = 1
    views = {s: view(picture, alpha=alpha, mask=mask if known else None) for s in SIDES}
    with tf.GradientTape() as tape:
        fooled = rivals.fooled(views)
    found = tape.gradient(fooled, alpha)
    assert (found is not None) is (name == "faceswap_gan")
    if known and found is not None:
        assert np.abs(found).max() > 0 == np.abs(found * (1 - mask)).max()

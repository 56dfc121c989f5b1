"""Classic shapes whose code is first of all the expression."""

import keras
import numpy as np
import pytest

from faceswap import plugins
from faceswap.data.expression import COUNT
from faceswap.networks.precision import using
from faceswap.options import create
from faceswap.training.optimizing import Optimizing
from test_two_decoders import SMALL

CLASSIC = ("original", "faceswap_gan", "df", "liae")


def built(name, expressive=4, precision="float32"):
    model = create(plugins.load("models", name), SMALL[name] | {"expressive": expressive})
    keras.utils.set_random_seed(0)
    with using(precision):
        return model, model.build()


def pictures(count):
    """Soft spots of light, within what remains from 0 to 1 where it is changed by half."""
    random = np.random.default_rng(0)
    small = random.uniform(0.1, 0.9, (count, 4, 4, 3))
    return np.kron(small, np.ones((1, 16, 16, 1))).astype(np.float32)


@pytest.mark.parametrize("name", CLASSIC)
def test_a_face_in_other_light_is_swapped_alike_in_that_light(name):
    model, net = built(name)
    faces = pictures(2)
    plain, other = (model.swap(net, given) for given in (faces, 0.5 * faces + 0.2))
    assert np.abs(plain.faces - other.faces).max() > 0.05
    whole = (plain.faces > 0) & (plain.faces < 1)  # And not cut off.
    assert whole.mean() > 0.5
    np.testing.assert_allclose(0.5 * plain.faces[whole] + 0.2, other.faces[whole], atol=0.01)
    np.testing.assert_allclose(plain.masks, other.masks, atol=0.02)


@pytest.mark.parametrize("name", CLASSIC)
def test_the_expression_is_told_and_what_lies_beside_the_face_is_not_seen(name):
    _, net = built(name)
    faces = pictures(2)
    told = net({"source": faces, "target": faces}, training=False)["expression"]
    assert told.shape == (4, COUNT)
    corner = faces.copy()
    corner[:, :8, :8] = 1
    other = net({"source": corner, "target": corner}, training=False)["expression"]
    np.testing.assert_array_equal(told, other)


@pytest.mark.parametrize("name", CLASSIC)
def test_it_is_taught_the_expression_and_otherwise_is_not(name):
    model, classic = built(name)[0], built(name, 0)[0]
    assert Optimizing().lesson(model).expression
    assert not Optimizing().lesson(classic).expression
    own = Optimizing().terms(model)
    assert Optimizing().terms(classic) == {n: w for n, w in own.items() if n != "expression"}


@pytest.mark.parametrize("name", CLASSIC)
def test_a_step_in_bfloat16_teaches_it(name, untraced):
    model, net = built(name, precision="bfloat16")
    faces, random = pictures(4), np.random.default_rng(1)
    lesson = Optimizing().lesson(model)
    mask = np.ones((*faces.shape[:3], 1), np.float32)
    drawn = np.concatenate([faces, mask], -1) if lesson.mask else faces
    both = {"source": drawn, "target": drawn}
    both["expression"] = random.normal(size=(8, COUNT)).astype(np.float32)
    if lesson.eye_map:
        both["eyes"] = np.zeros((8, *faces.shape[1:3]), np.float32)
    model.compile(net, 1e-3, Optimizing(discriminator="none"))
    given = {"source": faces, "target": faces}
    found = [net.train_on_batch(given, both, return_dict=True)["expression"] for _ in range(12)]
    assert found[-1] < found[0]

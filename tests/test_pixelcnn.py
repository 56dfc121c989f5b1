"""PixelCNN: what it may see, what it says adds up, and what it draws."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import entropy

from faceswap.networks.masked_layers import MaskedConv2D
from faceswap.networks.pixel_rows import PixelRows
from models.pixelcnn import PixelCnn

STACKS = ("gated", "single")


def net(**options):
    keras.utils.set_random_seed(3)
    model = PixelCnn(**{"size": 8, "width": 4, "depth": 3, "kernel": 3} | options)
    return model, model.build()


def influence(built, side):
    """How much each place (s s) of a picture moves the logits of each: (s s, s s)."""
    picture = tf.constant(np.random.default_rng(0).random((1, side, 8, 1)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(picture)
        logits = tf.reduce_sum(built(picture), -1)
    found = tape.jacobian(logits, picture)
    return np.abs(np.reshape(found, (side * 8, side * 8)))


@pytest.mark.parametrize("stack", STACKS)
def test_no_pixel_sees_itself_or_the_future(stack):
    found = influence(net(stack=stack)[1], 8)
    assert np.all(np.triu(found) == 0)
    assert np.tril(found, -1).max() > 0


def test_two_stacks_see_all_before_and_one_is_blind_to_the_right():
    """Of the pixel in the middle; the kernels reach over three rows and more."""
    middle = 4 * 8 + 3
    before = {s: influence(net(stack=s)[1], 8)[middle, :middle].reshape(-1) for s in STACKS}
    near = [row * 8 + column for row in (2, 3) for column in range(8)]
    assert np.all(before["gated"][near] > 0)
    blind = net(stack="single", depth=1)[1], net(stack="gated", depth=1)[1]
    # Seven pixels wide and three high, one above and four to the right is out of the first's sight.
    single, gated = (influence(one, 8)[middle, 3 * 8 + 7] for one in blind)
    assert single == 0
    assert gated > 0


@pytest.mark.parametrize("stack", STACKS)
def test_all_pictures_together_are_certain(stack):
    """Each of the 512 black and white pictures of 3 by 3 pixels has its likelihood."""
    from faceswap.networks.masked_layers import PlaceMap, gated_stacks, single_stack
    from faceswap.networks.pixel_net import PixelNet

    keras.utils.set_random_seed(5)
    given = keras.Input((None, 3, 1))
    stacks = {"gated": gated_stacks, "single": single_stack}[stack]
    flow = stacks(given, PlaceMap(3, 4)(given), 4, 2, 3)
    built = PixelNet(given, keras.layers.Conv2D(2, 1)(flow))
    every = (np.arange(512)[:, None] >> np.arange(9)) & 1
    bits = np.asarray(built.bits(tf.constant(every.reshape(-1, 3, 3), tf.int32)))
    likelihood = 2.0 ** -bits.astype(np.float64).sum(axis=(1, 2))
    assert likelihood.sum() == pytest.approx(1, abs=1e-5)
    assert likelihood.std() > 0


def test_a_mask_hides_weights_for_good():
    layer = MaskedConv2D(1, 3, "before", kernel_initializer="ones")
    picture = np.zeros((1, 3, 3, 1), np.float32)
    picture[0, 1, 1] = 1
    assert np.asarray(layer(picture))[0, :, :, 0].tolist() == [[0, 0, 0], [0, 0, 1], [1, 1, 1]]


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_drawn_depends_on_the_seed_alone(stack):
    model, built = net(size=8, levels=4, stack=stack)
    first = model.sample(built, 3, 7)
    assert first.shape == (3, 8, 8, 3) and 0 < first.min() <= first.max() < 1
    np.testing.assert_array_equal(model.sample(built, 2, 7), first[:2])
    assert np.abs(model.sample(built, 3, 8) - first).max() > 0
    # Whatever stands where nothing is known yet.
    noise = np.random.default_rng(0).random((3, 8, 8, 3)).astype(np.float32)
    for start in (noise, np.ones_like(noise)):
        made = model.complete(built, start, np.zeros((8, 8), bool), 7)
        np.testing.assert_array_equal(made, first)


def random(built):
    """The same network, with biases and sharper opinions."""
    numbers = np.random.default_rng(1)
    for weight in built.trainable_variables:
        weight.assign(0.4 * numbers.standard_normal(weight.shape))
    return built


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_kept_says_at_every_pixel_what_the_whole_network_does(stack):
    built = random(net(stack=stack, kernel=5, levels=4)[1])
    light = np.random.default_rng(0).integers(0, 4, (2, 8, 8)).astype(np.float32) / 3
    whole = np.asarray(built(light[..., None]))
    rows = PixelRows(built)
    above = rows.start(2)
    for row in range(8):
        known, left, lefts = rows.ahead(tf.constant(row), above), rows.edge(2), []
        for column in range(8):
            found, values = rows.at(tf.constant(column), known, left)
            np.testing.assert_allclose(found, whole[:, row, column], rtol=1e-5, atol=1e-5)
            left = rows.passed(values, light[:, row, column], left)
            lefts.append(left)
        stacked = [tf.stack(one) for one in zip(*lefts, strict=True)]
        above = rows.below(known, light[:, row], stacked, above)
    assert whole.std() > 0.1


@pytest.mark.parametrize("stack", STACKS)
def test_the_whole_network_draws_the_same_pixels(stack):
    built = random(net(stack=stack, levels=4)[1])
    numbers = np.random.default_rng(0)
    chance = numbers.random((2, 8, 8)).astype(np.float32)
    grey, known = numbers.integers(0, 4, (2, 8, 8), np.int32), numbers.random((8, 8)) < 0.3
    made = grey.copy()
    for row, column in np.argwhere(~known):
        likely = tf.nn.softmax(built(made[..., None].astype(np.float32) / 3)[:, row, column])
        reached = np.cumsum(likely, -1) < chance[:, row, column, None]
        made[:, row, column] = reached.sum(-1).clip(0, 3)
    np.testing.assert_array_equal(built.drawn(grey, known, chance), made)
    assert len(np.unique(made[:, ~known])) == 4


@pytest.mark.parametrize("stack", STACKS)
def test_it_draws_in_the_numbers_it_was_trained_in(stack):
    from faceswap.networks.precision import using

    with using("bfloat16"):
        model, built = net(stack=stack, levels=4)
    assert model.sample(random(built), 2, 0).std() > 0.1


def test_the_graph_of_a_row_is_traced_once():
    model, built = net(levels=4)
    for count in (1, 2, 3):
        model.sample(built, count, 0)
    assert built._row.experimental_get_tracing_count() == 1


def test_the_lower_half_is_made_up_and_the_upper_stays():
    model, built = net(size=8, levels=16)
    faces = np.random.default_rng(0).random((2, 8, 8, 3)).astype(np.float32)
    known = np.zeros((8, 8), bool)
    known[:4] = True
    made = model.complete(built, faces, known, 0)
    light = faces @ np.float32((0.299, 0.587, 0.114))
    assert np.abs(made[:, :4, :, 0] - light[:, :4]).max() <= 0.5 / 16 + 1e-6
    other = model.complete(built, faces, known, 1)
    np.testing.assert_array_equal(made[:, :4], other[:, :4])
    assert np.abs(made[:, 4:] - other[:, 4:]).max() > 0


def test_it_learns_what_pixels_alone_do_not_tell():
    """Each row is black or white: a bit for its first pixel, and none for the others."""
    model, built = net(size=8, levels=2, width=8, depth=2)
    model.compile(built, 5e-3)
    rng = np.random.default_rng(0)

    def stripes(count):
        rows = rng.integers(0, 2, (count, 8, 1, 1))
        return np.broadcast_to(rows, (count, 8, 8, 3)).astype(np.float32)

    before = float(np.mean(built.bits(built.grey(stripes(64)))))
    for _ in range(100):
        built.train_on_batch(stripes(16))
    after = float(np.mean(built.bits(built.grey(stripes(64)))))
    # A model of pixels that know nothing of each other takes a bit for each.
    assert before > 0.9 and after < 0.3
    drawn = model.sample(built, 8, 0)[..., 0] > 0.5
    assert np.mean(drawn == drawn[:, :, :1]) > 0.9


def test_it_learns_where_a_place_is(monkeypatch):
    """One place far from all edges is white: what is nearby does not tell which it will be."""
    from faceswap.networks.masked_layers import PlaceMap

    def cost():
        model, built = net(size=32, levels=2, depth=2)
        model.compile(built, 1e-2)
        picture = np.zeros((1, 32, 32, 3), np.float32)
        picture[0, 16, 16] = 1
        for _ in range(100):
            built.train_on_batch(picture)
        return float(built.bits(built.grey(picture))[0, 16, 16])

    knows = cost()
    monkeypatch.setattr(PlaceMap, "call", lambda self, inputs: 0 * self.map[None])
    # Where one of all places is white, and any may be, that takes about ten bits.
    assert knows < 2 and cost() > 8


@pytest.mark.parametrize(("stack", "still"), [("gated", True), ("gated", False), ("single", False)])
def test_faces_that_were_not_learnt_cost_less_than_tables_say(speaker, stack, still):
    """Than each place's own shares of the levels, and than those after a pixel's left and upper.

    Where nothing moves, each place's own level is almost all that is known.
    """
    from faceswap.data.held_out import split

    faces, (learnt, fair) = speaker.faces(16), split(len(speaker.frames), 0.2)
    if not still:
        faces = speaker.shaken(12, 20, 0, 16)
    model, built = net(size=16, levels=4, width=8, depth=2, stack=stack)
    model.compile(built, 1e-2)
    random = np.random.default_rng(0)
    for _ in range(300):
        built.train_on_batch(faces[random.choice(learnt, 16)])
    grey = np.asarray(built.grey(faces))
    beside = np.pad(grey, ((0, 0), (1, 0), (1, 0)), constant_values=4)
    places = np.broadcast_to(np.arange(256).reshape(16, 16), grey.shape)
    costs = []
    for known in (places, 5 * beside[:, 1:, :-1] + beside[:, :-1, 1:]):
        # Each level has been seen once before all others.
        counts = np.ones((known.max() + 1, 4))
        np.add.at(counts, (known[learnt], grey[learnt]), 1)
        shares = counts / counts.sum(axis=1, keepdims=True)
        costs.append(-np.log2(shares[known[fair], grey[fair]]).mean())
    # What independent pixels of the learnt faces come to, and no table can say of others.
    shares = (grey[learnt][..., None] == np.arange(4)).mean(axis=0)
    costs.append(entropy(shares, base=2, axis=-1).mean())
    assert float(np.mean(built.bits(grey[fair]))) < min(costs)

import numpy as np
import pytest
import tensorflow as tf

from faceswap.networks.attention import SelfAttention

MAP = np.random.default_rng(0).standard_normal((2, 6, 4, 16)).astype(np.float32)


def by_hand(layer, x):
    """The layer in NumPy, one picture and one place at a time."""
    parts = [layer.queries, layer.keys, layer.values, *([layer.widened] if layer.pool else [])]
    kernels = {part.name: np.asarray(part.kernel)[0, 0] for part in parts}
    height, width, channels = x.shape

    def seen(places):
        if not layer.pool:
            return places
        return places.reshape(height // 2, 2, width // 2, 2, -1).max((1, 3))

    keys = seen(x @ kernels["keys"]).reshape(-1, channels // 8)
    values = seen(x @ kernels["values"]).reshape(len(keys), -1)
    out = np.empty_like(x)
    for place in np.ndindex(height, width):
        shares = np.exp(keys @ (x[place] @ kernels["queries"]))
        taken = (shares / shares.sum()) @ values
        taken = taken @ kernels["widened"] if layer.pool else taken
        out[place] = x[place] + np.asarray(layer.gamma) * taken
    return out


def made(gamma=0.7, **options):
    layer = SelfAttention(**options)
    layer.build(MAP.shape)
    layer.gamma.assign(gamma)
    return layer


@pytest.mark.parametrize("pool", [False, True])
def test_attention_is_that_of_numpy(pool):
    layer = made(pool=pool)
    expected = np.stack([by_hand(layer, x) for x in MAP])
    np.testing.assert_allclose(layer(MAP), expected, atol=1e-5)
    assert np.abs(expected - MAP).max() > 0.1


def test_a_fresh_layer_changes_nothing_and_learns_to():
    layer = SelfAttention()
    with tf.GradientTape() as tape:
        out = layer(MAP)
        loss = tf.reduce_sum(out**2)
    np.testing.assert_array_equal(out, MAP)
    assert abs(float(tape.gradient(loss, layer.gamma.value))) > 0


def test_a_place_sees_all_others():
    layer = made()
    with tf.GradientTape() as tape:
        x = tf.constant(MAP)
        tape.watch(x)
        corner = tf.reduce_sum(layer(x)[0, 0, 0])
    reach = np.abs(tape.gradient(corner, x).numpy()[0]).max(axis=-1)
    assert (reach > 0).all()


def test_spectral_attention_is_attention_with_kernels_of_norm_one():
    spectral, plain = made(spectral=True), made()
    for _ in range(200):
        spectral(MAP, training=True)
    for name in ("queries", "keys", "values"):
        kernel = np.asarray(getattr(spectral, name).kernel)
        norm = np.linalg.svd(kernel[0, 0], compute_uv=False)[0]
        getattr(plain, name).set_weights([kernel / norm])
    np.testing.assert_allclose(spectral(MAP), plain(MAP), atol=1e-3)


def test_attention_in_bfloat16_is_near_float32():
    exact, coarse = made(pool=True), made(pool=True, dtype="mixed_bfloat16")
    coarse.set_weights(exact.get_weights())
    np.testing.assert_allclose(tf.cast(coarse(MAP), tf.float32), exact(MAP), atol=0.06)

import keras
import numpy as np

from faceswap.networks.attention import SelfAttention
from faceswap.networks.conditional_layers import ConditionalBatchNorm
from faceswap.networks.residual_nets import critic, generator, widths
from faceswap.networks.spectral import Spectral, SpectralDense

LABELS = np.eye(2, dtype=np.float32)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_they_are_the_papers_at_a_width_of_64():
    assert widths(32, 64) == [256, 128, 64]
    maker, judge = generator(32, 16, 4, 2), critic(32, 4, 2)
    for net in (maker, judge):
        (attention,) = (one for one in net.layers if isinstance(one, SelfAttention))
        assert tuple(attention.output.shape[1:3]) == (16, 16)
        convolved = [
            x for x in net.layers if isinstance(x, keras.layers.Conv2D | keras.layers.Dense)
        ]
        assert convolved and all(isinstance(layer, Spectral) for layer in convolved)


def test_noise_reaches_each_block_and_the_label_all_of_them():
    maker = generator(32, 16, 4, 2, shared=3, init="orthogonal")
    z, first = normal(1, 16), None
    for label in LABELS:
        drawn = np.asarray(maker([z, label[None]], training=False))
        assert drawn.shape == (1, 32, 32, 3) and np.abs(drawn).max() <= 1
        assert first is None or np.abs(drawn - first).max() > 1e-5
        first = drawn

    norms = [one for one in maker.layers if isinstance(one, ConditionalBatchNorm)]
    start = next(one for one in maker.layers if isinstance(one, SpectralDense))
    # What the first dense layer is given, and the two normalisations of each block.
    given = keras.Model(maker.inputs, [start.input, *(norm.input[1] for norm in norms)])
    before = [np.asarray(one) for one in given([z, LABELS[1:]])]
    assert len(before) == 7
    for part in range(4):
        moved = z.copy()
        moved[:, 4 * part : 4 * part + 4] += 1
        assert np.abs(np.asarray(maker([moved, LABELS[1:]])) - first).max() > 1e-5
        after = [np.asarray(one) for one in given([moved, LABELS[1:]])]
        changed = [n for n in range(7) if np.abs(after[n] - before[n]).max() > 0]
        assert changed == ([2 * part - 1, 2 * part] if part else [0])
    relabelled = [np.asarray(one) for one in given([z, LABELS[:1]])]
    changed = [n for n in range(7) if np.abs(relabelled[n] - before[n]).max() > 0]
    assert changed == [1, 2, 3, 4, 5, 6]


def test_all_kernels_begin_at_right_angles_where_asked_for():
    nets = generator(16, 12, 8, 2, shared=4, init="orthogonal"), critic(16, 8, 2, "orthogonal")
    for net in nets:
        kernels = [v.numpy() for v in net.trainable_variables if v.name == "kernel"]
        assert len(kernels) > 8
        for kernel in kernels:
            flat = kernel.reshape(-1, kernel.shape[-1])
            flat = flat if flat.shape[0] >= flat.shape[1] else flat.T
            np.testing.assert_allclose(flat.T @ flat, np.eye(flat.shape[1]), atol=1e-4)


def test_the_critic_keeps_pictures_apart():
    judge = critic(32, 4, 2)
    pictures = normal(2, 32, 32, 3)
    together = np.asarray(judge([pictures, LABELS]))
    alone = np.asarray(judge([pictures[:1], LABELS[:1]]))
    np.testing.assert_allclose(alone[0], together[0], atol=1e-4)

"""A tiny swap network learnt on one device or on two, with each option that a step has.

python devices.py OUT: writes the weights, the means and the losses of both.
"""

from __future__ import annotations

import sys

import keras
import numpy as np
import tensorflow as tf

from faceswap.data.dataset import SIDES
from faceswap.networks import described
from faceswap.optimizers.averaged import averaged
from faceswap.training.optimizing import Optimizing
from test_swap_net import pooled, tiny

HOW = Optimizing(optimizer="adabelief", clip=0.05, ema=0.9, lr_dropout=0.5, accumulate=2)
TERMS = ("l1", "dssim", "perceptual")


def learnt(strategy: tf.distribute.Strategy) -> list[np.ndarray]:
    """The losses, weights and means after four steps on batches of eight.

    Rounding by a deep network for faces would be all that one sees: pooled pictures take its place.
    """
    described.features, described.resnet = pooled, lambda: None
    with strategy.scope():
        net = tiny()
        net.compile(
            HOW.stepper(0.01, 0.5),
            {name: 1.0 for name in TERMS},
            accumulate=HOW.accumulate,
            jit_compile=False,
        )
    random = np.random.default_rng(0)
    faces = [{s: random.random((32, 8, 8, 3)).astype(np.float32) for s in SIDES} for _ in range(2)]
    data = tf.data.Dataset.from_tensor_slices(tuple(faces)).batch(8)
    shown = net.fit(data, shuffle=False, verbose=0).history
    losses = np.array([shown[name][0] for name in ("loss", *TERMS)])
    weights = net.get_weights()
    with averaged(net):
        return [losses, *weights, *net.get_weights()]


def unreached(strategy: tf.distribute.Strategy) -> list[np.ndarray]:
    """Two weights after a step that is clipped, where the loss does not depend on the second."""
    with strategy.scope():
        weights = [keras.Variable(np.ones(3, np.float32), name=name) for name in ("near", "far")]
        optimizer = HOW.stepper(0.01, 0.5)
        optimizer.build(weights)
    part = tf.range(1.0, 4.0) / strategy.num_replicas_in_sync
    strategy.run(tf.function(lambda: optimizer.apply([part, None], weights)))
    return [weight.numpy() for weight in weights]


if __name__ == "__main__":
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    keras.utils.set_random_seed(0)
    alone, together = (
        tf.distribute.get_strategy(),
        tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]),
    )
    one, two = ([*learnt(devices), *unreached(devices)] for devices in (alone, together))
    names = [f"{kind}{n:02d}" for kind in ("one", "two") for n in range(len(one))]
    np.savez(sys.argv[1], **dict(zip(names, [*one, *two], strict=True)))

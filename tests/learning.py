"""`faceswap train` with a network without noise, so that losses can be compared.

python learning.py DEVICES WORK [options]
"""

from __future__ import annotations

import sys

import cli
from faceswap.networks import bottleneck

if __name__ == "__main__":
    bottleneck.NOISE = bottleneck.SILENCE = bottleneck.BLUR = 0.0
    devices, *words = sys.argv[1:]
    if devices != "1":
        import tensorflow as tf

        halves = [tf.config.LogicalDeviceConfiguration()] * int(devices)
        (cpu,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(cpu, halves)
        names = [f"CPU:{n}" for n in range(int(devices))]
        whole = tf.distribute.MirroredStrategy
        tf.distribute.MirroredStrategy = lambda: whole(names)
    sys.exit(cli.main(["train", *words]))

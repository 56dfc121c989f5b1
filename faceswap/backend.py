"""TensorFlow started without its greetings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

#: Devices that the drivers make.
_GPUS = ("/dev/nvidiactl", "/dev/kfd")


@cache
def start() -> None:
    """Import TensorFlow and make its devices.

    Both write lines to stderr before any setting of theirs is read; an error is raised as ever.
    """
    with hushed():
        import tensorflow as tf

        tf.zeros(1)
        # Fused on a processor, a convolution, a sum and a leaky ReLU have a slope of 0.2 whatever
        # was asked for (TensorFlow 2.21); the fusing makes nothing here any faster.
        tf.config.optimizer.set_experimental_options({"remapping": False})


def gpu() -> bool:
    """Whether this machine has a GPU of NVIDIA or AMD; told without TensorFlow, which takes 3 s."""
    return any(Path(name).exists() for name in _GPUS)


@contextmanager
def hushed() -> Iterator[None]:
    """What is written to the file descriptor of stderr goes nowhere."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)

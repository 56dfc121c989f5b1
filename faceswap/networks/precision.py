"""Which numbers a network computes with; its weights are float32 always."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faceswap import backend

#: What `--precision` takes.
PRECISIONS = ("auto", "float32", "bfloat16", "float16")
#: Processors with one of these multiply matrices of bfloat16 faster than of float32.
FLAGS = ("amx_bf16", "avx512_bf16")


def best() -> str:
    """The fastest precision here: bfloat16 where the processor or the GPU has it.

    On a Xeon with AMX a training step in bfloat16 is 2.4 times as fast as in float32; where the
    processor has to imitate it, it is slower.
    """
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        made = tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0))
        return "bfloat16" if made >= (8, 0) else "float16"
    return "bfloat16" if set(FLAGS) & processor_flags() else "float32"


@contextmanager
def using(precision: str) -> Iterator[str]:
    """Networks built inside compute with `precision`, one of `PRECISIONS`; gives which it is."""
    backend.start()
    import keras

    chosen = best() if precision == "auto" else precision
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(chosen if chosen == "float32" else f"mixed_{chosen}")
    try:
        yield chosen
    finally:
        keras.config.set_dtype_policy(before)


def processor_flags() -> set[str]:
    """What the processor says it can do, in Linux' words; nothing elsewhere."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return set()
    lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())

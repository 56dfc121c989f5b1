"""FaceResnet: dlib's face recognition network, run by Keras."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from faceswap.detection.convolutions import Convolution, convolutions
from faceswap.detection.dlib_file import Network, read_network, reading

if TYPE_CHECKING:
    import keras

#: Convolutions of the network, and the numbers it ends in.
_CONVOLUTIONS, _NUMBERS = 29, 128
#: Faces looked at together: more are no faster on two cores.
_BATCH = 32


class FaceResnet:
    """A ResNet of 29 layers that gives the 128 numbers of a face.

    King, "High quality face recognition with deep metric learning", 2017. dlib's numbers to about
    1e-6, whatever the batch; 5 ms a face on two cores, a sixteenth of what dlib takes. On a GPU,
    TensorFlow runs the same code there.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Loads the weights in a file, that of the package face_recognition_models unless given.

        Raises:
            Damaged: If the file does not hold the network.
        """
        import face_recognition_models

        path = path or Path(face_recognition_models.face_recognition_model_location())
        with reading(path):
            network = read_network(path)
            layers, ending = convolutions(network.layers), _ending(network)
            if len(layers) != _CONVOLUTIONS or len(ending) != layers[-1].kernel.shape[3]:
                raise ValueError(f"{len(layers)} convolutions, expected {_CONVOLUTIONS}")
        self._model = _model(network, layers, ending)
        self._run = _function(network, self._model)

    def describe(self, chips: NDArray[np.uint8]) -> NDArray[np.float64]:
        """The descriptors (n, 128) of faces as dlib aligns them, (n, 150, 150, 3) RGB."""
        parts = [self._run(chips[n : n + _BATCH]) for n in range(0, len(chips), _BATCH)]
        return np.concatenate([np.zeros((0, _NUMBERS)), *parts]).astype(np.float64)

    def features(self, chips: Any) -> list[Any]:
        """Tensors, with gradients, of chips (n, 150, 150, 3) from 0 to 255.

        Returns:
            The maps before each halving, which get smaller, and the descriptors (n, 128).
        """
        found: list[Any] = self._model(chips, training=False)
        return found


def _ending(network: Network) -> NDArray[np.float32]:
    """The matrix (channels, 128) behind the last convolution."""
    last = network.layers[-1]
    if network.entry.kind != "input_rgb_image_sized" or last.kind != "fc_2":
        raise ValueError("it describes no faces")
    count, channels, weights = last.fields[:3]
    if count != _NUMBERS or weights.size != count * channels:
        raise ValueError(f"a matrix {weights.shape} for {channels} channels to {count} numbers")
    return np.asarray(weights.reshape(channels, count))


def _function(network: Network, model: keras.Model) -> Any:
    """The descriptors, compiled once for batches of every size."""
    import tensorflow as tf

    rows, columns = network.entry.fields[3:]

    @tf.function(input_signature=[tf.TensorSpec((None, rows, columns, 3), tf.uint8)])  # type: ignore[untyped-decorator]
    def run(chips: Any) -> Any:
        return model(tf.cast(chips, tf.float32), training=False)[-1]

    return run


def _model(network: Network, layers: list[Convolution], ending: NDArray[np.float32]) -> keras.Model:
    """One convolution, fourteen blocks of two, the mean of what is left, and a matrix."""
    from faceswap import backend

    backend.start()
    import keras

    *means, rows, columns = network.entry.fields
    picture = keras.Input((rows, columns, 3), dtype="float32")
    x = (picture - np.array(means, np.float32)) / 256
    x = keras.layers.MaxPooling2D(3, 2, dtype="float32")(layers[0].layer(relu=True)(x))
    maps = []
    for first, second in zip(layers[1::2], layers[2::2], strict=True):
        if first.stride == 2:
            maps.append(x)
        x = _block(first, second, x)
    descriptors = keras.ops.matmul(keras.ops.mean(x, axis=(1, 2)), ending)
    return keras.Model(picture, [*maps, descriptors])


def _block(first: Convolution, second: Convolution, x: Any) -> Any:
    """Two convolutions added to what goes into them, which is halved where they halve."""
    import keras

    inner = second.layer(relu=False)(first.layer(relu=True)(x))
    if first.stride == 2:
        x = keras.layers.AveragePooling2D(2, dtype="float32")(x)
    side, channels = (max(x.shape[n], inner.shape[n]) for n in (1, 3))
    return keras.ops.relu(_filled(x, side, channels) + _filled(inner, side, channels))


def _filled(x: Any, side: int, channels: int) -> Any:
    """The maps with zeros to the right, below and behind, as dlib adds maps of unlike size."""
    import keras

    more = side - x.shape[1], channels - x.shape[3]
    if more == (0, 0):
        return x
    return keras.ops.pad(x, ((0, 0), (0, more[0]), (0, more[0]), (0, more[1])))

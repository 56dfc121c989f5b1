"""The plain way: what each stage does as it usually is done, frame by frame and face by face."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap import backend, plugins
from faceswap.alignment.crops import CropFolder
from faceswap.pictures.geometry import Matrix, inverse
from faceswap.workspace import SIDES

Image = NDArray[np.uint8]
#: Frames, faces and steps that are timed: the plain way need not be waited for.
FRAMES, FACES, STEPS = 24, 48, 5


def extract(film: Path, folder: Path) -> float:
    """Seconds a frame of writing the frames as PNG files into a folder, made if need be."""
    folder.mkdir(exist_ok=True)
    begun, count = perf_counter(), 0
    for count, image in enumerate(_frames(film), 1):
        cv2.imwrite(str(folder / f"{count:06}.png"), image)
    return (perf_counter() - begun) / count


def detect(film: Path) -> float:
    """Seconds a frame of HOG and landmarks on every full frame."""
    import dlib
    import face_recognition_models

    detector = dlib.get_frontal_face_detector()
    model = face_recognition_models.pose_predictor_model_location()
    predictor = dlib.shape_predictor(model)
    begun, count = perf_counter(), 0
    for image in _frames(film, "rgb24"):
        for face in detector(image, 0):
            predictor(image, face)
        count += 1
    return (perf_counter() - begun) / count


def align(pictures: Path, crops: Path, to: Path) -> float:
    """Seconds a frame of reading it from a PNG file and writing its faces to others.

    Args:
        pictures: What `extract` here wrote.
        crops: What the stage align made of the film: where the faces are.
        to: A folder; made where it is not there.
    """
    to.mkdir(exist_ok=True)
    folder = CropFolder(crops)
    size = folder.picture(next(iter(folder))).shape[0]
    paths = sorted(pictures.glob("*.png"))
    begun = perf_counter()
    images = [cv2.imread(str(path)) for path in paths]
    for crop in folder:
        if crop.frame < len(images):
            made = cv2.warpAffine(images[crop.frame], crop.from_frame, (size, size))
            cv2.imwrite(str(to / crop.name), made)
    return (perf_counter() - begun) / len(paths)


def train(name: str, batch: int) -> float:
    """Seconds an image of `train_on_batch`, a call for each side, in float32.

    Args:
        name: As for `steps`.
        batch: Faces a side.
    """
    side = plugins.load("models", name)().size
    faces = np.random.default_rng(0).random((batch, side, side, 3), np.float32)
    return median(steps(name, dict.fromkeys(SIDES, faces))) / batch / len(SIDES)


def steps(
    name: str, faces: Mapping[str, NDArray[np.float32]], precision: str = "float32"
) -> Callable[[], object]:
    """A function that takes a step for each side, by Keras' own layers and Adam.

    Args:
        name: A model of the `original` kind: one encoder, `decoder_source`, `decoder_target`.
        faces: Of each side, (n, s, s, 3) in [0, 1].
        precision: What the network computes in.
    """
    backend.start()
    import keras

    from faceswap.networks.precision import using

    with using(precision):
        net = plugins.load("models", name)().build()
        parts = {
            part: keras.models.clone_model(net.get_layer(part), clone_function=_plain_layer)
            for part in ("encoder", "decoder_source", "decoder_target")
        }
        picture = keras.Input(parts["encoder"].input_shape[1:])
        code = parts["encoder"](picture)
        nets = {side: keras.Model(picture, parts[f"decoder_{side}"](code)) for side in SIDES}
    for each in nets.values():
        adam = keras.optimizers.Adam(5e-5, beta_1=0.5, beta_2=0.999)
        each.compile(adam, loss="mae", jit_compile=False)
    return lambda: [nets[side].train_on_batch(faces[side], faces[side]) for side in SIDES]


def convert(model: Path, crops: Path) -> float:
    """Seconds a face of swapping one at a time, by `predict` of the whole network."""
    from faceswap.model import Swaps, load

    recipe, net = load(model, "float32")
    assert isinstance(recipe, Swaps)
    folder = CropFolder(crops)
    side = recipe.size
    some = [crop for crop, _ in zip(folder, range(FACES), strict=False)]
    _predicted(net, np.zeros((side, side, 3), np.float32))
    begun = perf_counter()
    for crop in some:
        small = cv2.resize(folder.picture(crop), (side, side), interpolation=cv2.INTER_AREA)
        _predicted(net, small.astype(np.float32) / 255)
    return (perf_counter() - begun) / len(some)


def _predicted(net: Any, face: NDArray[np.float32]) -> Any:
    return net.predict({side: face[None] for side in SIDES}, verbose=0)


def merge(film: Path, crops: Path, to: Path) -> float:
    """Seconds a frame of mixing faces into whole frames in float, and writing these as PNG files.

    Args:
        film: The target.
        crops: What align made of it: the faces to put, and where.
        to: A folder; made where it is not there.
    """
    to.mkdir(exist_ok=True)
    folder = CropFolder(crops)
    faces: dict[int, list[tuple[Image, Matrix]]] = {}
    for crop in folder:
        if crop.frame < FRAMES:
            faces.setdefault(crop.frame, []).append(
                (folder.picture(crop)[..., ::-1], crop.from_frame)
            )
    begun, count = perf_counter(), 0
    for count, image in enumerate(_frames(film), 1):
        new = image.astype(np.float32)
        for picture, matrix in faces.get(count - 1, []):
            new = _mixed(new, picture, matrix)
        cv2.imwrite(str(to / f"{count:06}.png"), new.clip(0, 255).astype(np.uint8))
    return (perf_counter() - begun) / count


def _mixed(frame: NDArray[np.float32], face: Image, matrix: Matrix) -> NDArray[np.float32]:
    """The whole frame with a face of soft edges in it."""
    size, back = frame.shape[1::-1], inverse(matrix)
    side = face.shape[0]
    along = np.abs(np.arange(side) / (side - 1) * 2 - 1)
    oval = np.clip((0.8 - np.hypot(along[None], along[:, None])) / 0.2, 0, 1).astype(np.float32)
    mask = cv2.warpAffine(oval, back, size)[..., None]
    new = cv2.warpAffine(face.astype(np.float32), back, size)
    return np.asarray(new * mask + frame * (1 - mask), np.float32)


def _frames(film: Path, form: str = "bgr24") -> Iterator[Image]:
    """The first frames."""
    with av.open(str(film)) as opened:
        for _, frame in zip(range(FRAMES), opened.decode(video=0), strict=False):
            # Rows with room behind them are more than dlib reads safely.
            yield np.ascontiguousarray(frame.to_ndarray(format=form), np.uint8)


def median(step: Callable[[], object], count: int = STEPS) -> float:
    """The median seconds of a step, once it is compiled and warm."""
    step(), step()
    times = []
    for _ in range(count):
        begun = perf_counter()
        step()
        times.append(perf_counter() - begun)
    return statistics.median(times)


def _plain_layer(layer: Any) -> Any:
    import keras

    from faceswap.networks.layers import FlatDense, PatchConv2D

    swapped = {PatchConv2D: keras.layers.Conv2D, FlatDense: keras.layers.Dense}
    return swapped.get(type(layer), type(layer)).from_config(layer.get_config())

"""Whole documents of every kind the program reads, by hypothesis' strategies."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import face_recognition_models
import msgspec
import numpy as np
from hypothesis import strategies as st
from safetensors.numpy import save

from faceswap.alignment.crops import Crop, FrameCrops
from faceswap.detection.faces import Face, FrameFaces
from faceswap.films.frame_index import Clip, Frame, FrameIndex, Picture, Stream
from faceswap.manifest import Entry, Manifest
from faceswap.model import Recipe
from faceswap.training.checkpoint import State

Documents = st.SearchStrategy[bytes]

pixel = st.floats(-500, 5000, width=32)
point = st.tuples(pixel, pixel)
landmarks = st.lists(point, min_size=68, max_size=68)
count = st.integers(0, 1000)
word = st.text(max_size=8)
scale = st.floats(0.05, 4)


def lines(records: st.SearchStrategy[list[Any]]) -> Documents:
    return records.map(lambda rs: b"".join(msgspec.json.encode(r) + b"\n" for r in rs))


def encoded(one: st.SearchStrategy[Any]) -> Documents:
    return one.map(msgspec.json.encode)


@st.composite
def frame_index(draw: st.DrawFn) -> FrameIndex:
    clips = []
    for number in range(draw(st.integers(1, 3))):
        length = draw(st.integers(1, 20))
        frames = [Frame(512 * n, 512, n, n % 8 == 0, n == 0) for n in range(length)]
        size = (draw(st.integers(1, 2000)), draw(st.integers(1, 2000)))
        kind = draw(st.sampled_from(["video", "images"]))
        pictures = [Picture(f"{n}.png", *size) for n in range(length)] if kind == "images" else []
        turned = {"rotation": draw(st.sampled_from([0, 90, 180, 270])), "flip": draw(st.booleans())}
        streams = (Stream(0, "video", "h264", "und"), Stream(1, "audio", "aac", draw(word)))
        clips.append(
            Clip(
                f"media/{number}.mp4",
                kind,
                *size,
                (1, 12800),
                (25, 1),
                frames,
                **turned,
                streams=streams,
                keys=[f.pts for f in frames if f.key],
                pictures=pictures,
                decoded=length,
            )
        )
    return FrameIndex(clips)


@st.composite
def faces(draw: st.DrawFn) -> list[FrameFaces]:
    found = []
    for number in range(draw(st.integers(0, 4))):
        here = st.builds(
            Face,
            st.tuples(pixel, pixel, pixel, pixel),
            st.floats(-5, 5),
            landmarks,
            st.floats(-180, 180),
            count,
            st.none() | st.just([0.1] * 128),
        )
        found.append(FrameFaces(number, draw(st.lists(here, max_size=2))))
    return found


@st.composite
def crop(draw: st.DrawFn) -> Crop:
    a, b, x, y = draw(scale), draw(st.floats(-1, 1)), draw(pixel), draw(pixel)
    matrix = (a, -b, x, b, a, y)
    return Crop(draw(count), draw(count), matrix, draw(landmarks), draw(st.floats(0, 900)))


frame_crops = st.builds(FrameCrops, count, st.lists(crop(), max_size=2))
entry = st.builds(
    Entry,
    stage=st.sampled_from(["extract", "detect", "merge"]),
    options=st.dictionaries(word, st.none() | st.integers(-9, 9) | word | st.lists(word)),
    key=word,
    stamp=word,
    fingerprint=word,
    seconds=st.floats(0, 9),
    made=word,
    versions=st.dictionaries(word, word),
    summary=st.dictionaries(word, st.integers(-9, 9) | st.floats(-1, 1) | word),
)
artefacts = st.sampled_from(["source/frames", "target/faces", "model", "output"])
manifests = st.builds(Manifest, artefacts=st.dictionaries(artefacts, entry, max_size=3))
people = st.builds(
    '[[person]]\nnumber = 1\nname = "{}"\nswap = true\ntracks = "{}, {}-{}"\n'
    '[[drop]]\nframes = "{}-{}"\nperson = 1\n'.format,
    st.from_regex("[a-z ]{0,9}", fullmatch=True),
    *[count] * 5,
)
settings = st.builds(
    "[detect]\nmin_size = {}\n[train]\nminutes = {}\n[source.align]\nsize = 256\n"
    '[shot.2]\nlook = 3\n[evaluate]\ngallery = "{}"\n'.format,
    count,
    st.floats(0, 99),
    st.from_regex("[a-z]{0,9}", fullmatch=True),
)
known = st.builds(
    lambda n: {"faces": "ab", "identity": ["", ""], "means": {str(n): [0.1] * 128}}, count
)
corrections = st.lists(st.builds(lambda a, b: {"before": a, "after": b}, word, word), max_size=3)
FIGURES = (
    "ssim_source ssim_target psnr_source psnr_target d_source d_target margin gain mouth eyes "
    "expression_error followed sharpness score"
)
figures = dict.fromkeys(FIGURES.split(), 0.5)
history = st.lists(
    st.builds(lambda n, x: {"step": n, "seconds": x, "loss": x}, count, st.floats(0, 9))
    | st.builds(lambda n: {"step": n, "seconds": 1.5, "held_out": figures, "faces": "a"}, count),
    max_size=5,
)
best = st.builds(lambda n: {"step": n, "faces": "a", "figures": figures, "digest": "0"}, count)
states = st.builds(State, count, st.floats(0, 99), st.dictionaries(word, word))
recipes = st.builds(
    Recipe,
    st.sampled_from(["lite", "original"]),
    st.fixed_dictionaries({}, optional={"size": st.just(64), "latent": st.integers(8, 99)}),
    st.dictionaries(word, word),
)
metrics = st.dictionaries(word, st.none() | st.floats(-1, 1))


@st.composite
def array(draw: st.DrawFn) -> bytes:
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    kind = draw(st.sampled_from([np.uint8, np.float32, np.float16]))
    file = BytesIO()
    np.save(file, np.ones(shape, kind), allow_pickle=False)
    return file.getvalue()


weights = st.builds(
    lambda names, n: save({name: np.ones((n, 2), np.float32) for name in names}),
    st.lists(word, max_size=3, unique=True),
    st.integers(1, 5),
)

NETWORK = Path(face_recognition_models.cnn_face_detector_model_location())

#: By the name of the reader.
DOCUMENTS: dict[str, Documents] = {
    "manifest": encoded(manifests),
    "frame_index": encoded(frame_index()),
    "faces": lines(faces()),
    "crops": lines(
        st.lists(st.builds(FrameCrops, count, st.lists(crop(), max_size=2)), max_size=3)
    ),
    "left_out": encoded(st.lists(word)),
    "known": encoded(known),
    "corrections": encoded(corrections),
    "history": lines(history),
    "best": encoded(best),
    "state": encoded(states),
    "recipe": encoded(recipes),
    "metrics": encoded(metrics),
    "lock": encoded(st.just({"pid": 1, "host": "here"})),
    "people": people.map(str.encode),
    "settings": settings.map(str.encode),
    "array": array(),
    "weights": weights,
    "network": st.just(NETWORK.read_bytes()),
    "descriptors": lines(
        st.lists(st.just({"name": "000000_0.png", "sharpness": 1.0, "numbers": [0.1] * 128}))
    ),
}

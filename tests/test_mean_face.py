"""The mean of a film's faces: sharp where they are aligned, another where they do other things."""

import numpy as np
import pytest

from aligned import SEATS, SIDE
from faceswap.alignment.crops import sharpness
from faceswap.generation.generated import look
from faceswap.pictures.levels import levels
from models.mean_face import MeanFace


@pytest.fixture(scope="module")
def faces(speaker):
    return speaker.faces()


def mean(faces, labels, where=""):
    model = MeanFace(size=SIDE, where=where)
    net = model.build()
    model.fit(net, faces, labels)
    return net["face"]


def test_open_and_closed_mouths_differ_at_the_mouth(speaker, faces):
    opened, closed = (mean(faces, speaker.labels, f"mouth={c}") for c in ("open", "closed"))
    energy = ((opened - closed) ** 2).sum(axis=-1)
    low, high = SEATS[48:].min(axis=0) - 2, SEATS[48:].max(axis=0) + 2
    (left, top), (right, bottom) = low.astype(int), np.ceil(high).astype(int) + 1
    box = np.s_[top:bottom, left:right]
    assert energy[box].sum() / energy.sum() > 2 * energy[box].size / energy.size
    # Faces told apart by a lot, not by their mouths, differ less there each of 200 times.
    which, random = speaker.labels.matching("mouth=open"), np.random.default_rng(0)
    mouths = faces[:, top:bottom, left:right]

    def apart(chosen):
        return ((mouths[chosen].mean(axis=0) - mouths[~chosen].mean(axis=0)) ** 2).sum()

    assert max(apart(random.permutation(which)) for _ in range(200)) < apart(which)


def test_the_mean_of_faces_that_lie_anyhow_is_blurred(speaker, faces):
    anyhow = speaker.shaken(6, 10, 0)
    aligned, blurred = (sharpness(levels(f.mean(axis=0))) for f in (faces, anyhow))
    assert aligned > 2 * blurred


def test_a_mean_is_a_face(speaker, faces):
    noise = np.random.default_rng(0).random(faces[0].shape).astype(np.float32)
    assert look(np.stack([mean(faces, speaker.labels), noise])).found.tolist() == [True, False]

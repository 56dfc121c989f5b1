"""What adversarial models learn of a real face in seconds: its looks, its labels, and no copies."""

import keras
import numpy as np
import pytest

from faceswap.frechet import PcaFrechet
from faceswap.generated import agreement, copied
from faceswap.held_out import split
from faceswap.inverting import sought
from faceswap.synthesis import PAINTED
from models.cgan import Cgan
from models.dcgan import Dcgan

SIDE = 32
#: Openings of a mouth that is closed without doubt at most, and of one that is open at least.
CLEAR = 0.08, 0.2


@pytest.fixture(scope="module")
def learnt(speaker):
    """Faces to learn from, and such as were held out."""
    faces = speaker.faces(SIDE)
    return [faces[places] for places in split(len(faces), 0.2)[:2]]


@pytest.fixture(scope="module")
def dcgan(learnt):
    """The model, its network, and the distance of its samples before it learnt anything."""
    keras.utils.set_random_seed(0)
    model = Dcgan(size=SIDE, width=8, latent=16)
    net, random = model.build(), np.random.default_rng(0)
    model.compile(net, 2e-3)
    before = PcaFrechet(learnt[0])(model.sample(net, 256, 1))
    for _ in range(300):
        net.train_on_batch(learnt[0][random.choice(len(learnt[0]), 16)])
    return model, net, before


def test_samples_come_nearer_to_the_faces_by_half(dcgan, learnt):
    model, net, before = dcgan
    distance = PcaFrechet(learnt[0])
    assert distance(model.sample(net, 256, 1)) < 0.5 * before


def test_no_sample_is_a_face_learnt_by_heart(dcgan, learnt):
    """As far from the learnt faces as held-out ones are, where copies in noise are not."""
    model, net, _ = dcgan
    feature = PcaFrechet(learnt[0]).features
    real, held = map(feature, learnt)
    noise = np.random.default_rng(1).normal(0, 0.01, learnt[0].shape).astype(np.float32)
    assert copied(feature(learnt[0] + noise), real, held) < 0.2
    assert copied(feature(model.sample(net, 256, 1)), real, held) > 0.8


def test_strokes_bring_back_the_mouths_that_they_are_from(dcgan):
    """Of other samples: iGAN's own proof, of four faces (Zhu et al. 2016)."""
    model, net, _ = dcgan
    latents = model.latents(net, 8, 3)
    first, other = (np.asarray(model.decode(net, half)) for half in (latents[:4], latents[4:]))
    mask = np.zeros((SIDE, SIDE), bool)
    mask[18:28, 8:24] = True
    wanted = np.where(mask[..., None], other, first)
    weights = np.repeat((1 + (PAINTED - 1) * mask)[None], 4, 0).astype(np.float32)
    found = sought(model, net, latents[:4], wanted, weights, 150)
    inside = [np.abs(one - other)[:, mask].mean() for one in (first, found.drawn)]
    outside = np.abs(found.drawn - first)[:, ~mask].mean()
    assert inside[1] < 0.5 * inside[0]
    assert outside < 0.05


@pytest.mark.slow
def test_mouths_are_as_the_label_says_and_anyhow_where_labels_are_shuffled(speaker):
    """Four fifths of the samples measure as their class; faces not found count as wrong."""
    mouth = speaker.labels.numbers("mouth")
    clear = (mouth < CLEAR[0]) | (mouth > CLEAR[1])
    faces, classes = speaker.faces(SIDE)[clear], (mouth[clear] > CLEAR[0]).astype(int)
    found = []
    for shuffled in (False, True):
        random = np.random.default_rng(0)
        told = random.permutation(classes) if shuffled else classes
        keras.utils.set_random_seed(0)
        model = Cgan(size=SIDE, width=16, latent=16, average=0.98, classes="closed,open")
        net = model.build()
        model.compile(net, 1e-3)
        for _ in range(900):
            batch = random.choice(len(faces), 16)
            net.train_on_batch(faces[batch], told[batch])
        found.append(agreement(model, net, 0)["label_agreement"])
    assert found[0] > 0.8
    assert 0.3 < found[1] < 0.7

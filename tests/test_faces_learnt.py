"""What adversarial models learn of a real face in seconds: its looks, its labels, and no copies."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap.data.dataset import SIDES
from faceswap.data.held_out import split
from faceswap.generation.frechet import PcaFrechet
from faceswap.generation.generated import agreement, distances, nearest
from faceswap.generation.inverting import invert, sought
from faceswap.generation.synthesis import PAINTED, Synthesis
from faceswap.networks.layers import PixelShuffle, PixelUnshuffle, both_sides
from faceswap.networks.losses import detail
from faceswap.training.adversarial import Rivals
from models.cgan import Cgan
from models.dcgan import Dcgan
from models.stylegan import Stylegan
from models.wgan_gp import WganGp

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
    assert np.median(nearest(feature(learnt[0] + noise), real, held).away) < 0.2
    assert np.median(nearest(feature(model.sample(net, 256, 1)), real, held).away) > 0.8


def test_no_two_samples_are_alike(dcgan, learnt):
    model, net, _ = dcgan
    count = len(learnt[0])
    least = []
    for faces in (model.sample(net, count, 1), learnt[0]):
        flat = faces.reshape(count, -1).astype(np.float64)
        least.append(distances(flat, flat)[~np.eye(count, dtype=bool)].min())
    assert least[0] > 0.3 * least[1]


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
    outside = [np.abs(one - first)[:, ~mask].mean() for one in (other, found.drawn)]
    assert inside[1] < 0.5 * inside[0]
    assert outside[1] < 0.75 * outside[0]


def test_faces_that_it_drew_are_found_again(dcgan):
    model, net, _ = dcgan
    faces = model.sample(net, 3, 5)
    found = invert(model, net, faces, "optimise", 200)
    assert found.psnr(faces).min() > 30
    # As long as the latents of a Gaussian are, to two deviations of a length.
    lengths = np.linalg.norm(found.latents, axis=1)
    assert (np.abs(lengths - np.sqrt(model.latent)) < 2 / np.sqrt(2)).all()


def test_the_pictures_of_a_walk_are_evenly_apart(dcgan):
    model, net, _ = dcgan
    faces = Synthesis(model, net).walked(3, 8)
    steps = np.linalg.norm((faces - np.roll(faces, -1, axis=0)).reshape(len(faces), -1), axis=1)
    assert steps.max() < 3 * steps.min()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_mouths_are_as_the_label_says_and_anyhow_where_labels_are_shuffled(speaker):
    """Four fifths of the samples measure as their class; faces not found count as wrong."""
    mouth = speaker.labels.numbers("mouth")
    clear = (mouth < CLEAR[0]) | (mouth > CLEAR[1])
    faces, classes = speaker.faces(SIDE)[clear], (mouth[clear] > CLEAR[0]).astype(int)
    found, varied = [], []
    for shuffled in (False, True):
        random = np.random.default_rng(0)
        told = random.permutation(classes) if shuffled else classes
        keras.utils.set_random_seed(0)
        model = Cgan(size=SIDE, width=16, latent=16, average=0.98, classes="closed,open")
        net = model.build()
        model.compile(net, 1e-3)
        for _ in range(600):
            batch = random.choice(len(faces), 16)
            net.train_on_batch(faces[batch], told[batch])
        found.append(agreement(model, net, 0)["label_agreement"])
        if not shuffled:
            varied = [model.sample(net, 128, 0, label=n).var(axis=0).mean() for n in range(2)]
    within = [faces[classes == n].var(axis=0).mean() for n in range(2)]
    assert all(ours > 0.3 * theirs for ours, theirs in zip(varied, within, strict=True))
    assert found[0] > 0.8
    assert 0.3 < found[1] < 0.7


@pytest.mark.slow
def test_samples_are_nearer_to_the_faces_than_their_mean_in_noise_is(learnt):
    """Noise of the faces' own deviations; of a critic that sees nothing moved: it learns sooner."""
    keras.utils.set_random_seed(0)
    model = Dcgan(size=SIDE, width=8, latent=16, average=0.98, augment_critic="color")
    net, random = model.build(), np.random.default_rng(0)
    model.compile(net, 2e-3)
    for _ in range(450):
        net.train_on_batch(learnt[0][random.choice(len(learnt[0]), 16)])
    noise = np.random.default_rng(1).standard_normal((256, *learnt[0].shape[1:]))
    noisy = learnt[0].mean(axis=0) + noise * learnt[0].std(axis=0)
    distance = PcaFrechet(learnt[0])
    assert distance(model.sample(net, 256, 1)) < 0.8 * distance(noisy.clip(0, 1))


@pytest.mark.slow
def test_samples_of_a_critic_with_a_penalty_come_nearer_and_nearer(speaker):
    faces = speaker.faces(16)
    keras.utils.set_random_seed(0)
    model, random = WganGp(size=16, width=8, latent=16, average=0.98), np.random.default_rng(0)
    net, distance = model.build(), PcaFrechet(faces)
    model.compile(net, 1e-3)
    found = [distance(model.sample(net, 256, 1))]
    for _ in range(3):
        for _ in range(100):
            net.train_on_batch(faces[random.choice(len(faces), 48)])
        found.append(distance(model.sample(net, 256, 1)))
    assert (np.diff(found) < 0).all() and found[-1] < 0.5 * found[0]


def shape(faces):
    """What is light and dark where (..., pixels), as a vector of length 1, whatever the colours."""
    grey = faces.mean(-1).reshape(*faces.shape[:-3], -1)
    grey = grey - grey.mean(-1, keepdims=True)
    return grey / np.linalg.norm(grey, axis=-1, keepdims=True)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_mix_has_the_colours_of_the_fine_and_the_more_shape_of_the_coarse_the_more_it_has(
    speaker,
):
    """Of faces that lie anyhow in anyhow coloured light."""
    random = np.random.default_rng(0)
    shaken = speaker.shaken(8, 12, 0).reshape(-1, 16, 4, 16, 4, 3).mean(axis=(2, 4))
    light = random.uniform(0.6, 1.3, (4 * len(shaken), 1, 1, 3))
    faces = (np.tile(shaken, (4, 1, 1, 1)) * light).clip(0, 1).astype(np.float32)
    keras.utils.set_random_seed(0)
    model = Stylegan(size=16, width=8, latent=16, growth=60, average=0.98)
    net, distance = model.build(), PcaFrechet(faces)
    model.compile(net, 1e-3)
    before = distance(model.sample(net, 200, 1))
    for _ in range(600):
        net.train_on_batch(faces[random.choice(len(faces), 16)])
    assert distance(model.sample(net, 200, 1)) < 0.5 * before
    likeness = []
    for share in (1 / 3, 2 / 3):
        table = Synthesis(model, net, 5).mixed(6, share).reshape(7, 7, 16, 16, 3)
        coarse, fine, both = table[1:, :1], table[:1, 1:], table[1:, 1:]
        away = [np.abs((both - one).mean(axis=(2, 3))).mean() for one in (coarse, fine)]
        assert away[1] < 0.1 * away[0]
        likeness.append([(shape(both) * shape(one)).sum(-1).mean() for one in (coarse, fine)])
    strangers = (shape(coarse) * shape(fine)).sum(-1).mean()
    assert strangers < likeness[0][0] < likeness[1][0] - 0.02
    assert likeness[1][1] < likeness[0][1] - 0.02


#: Steps of a training that copies faces.
STEPS = 900


def copier(size):
    """A small network that copies faces through 12 numbers."""
    layers, side = keras.layers, size // 16
    picture, code = keras.Input((size, size, 3)), keras.Input((12,))
    flow = PixelUnshuffle(4)(picture)
    for filters in (64, 128):
        flow = layers.Conv2D(filters, 3, 2, padding="same", activation="leaky_relu")(flow)
    encoder = keras.Model(picture, layers.Dense(12)(layers.Flatten()(flow)), name="encoder")
    flow = layers.Reshape((side, side, 128))(layers.Dense(side * side * 128)(code))
    for filters in (128, 64):
        flow = layers.Conv2D(4 * filters, 3, padding="same", activation="leaky_relu")(flow)
        flow = PixelShuffle(2)(flow)
    drawn = PixelShuffle(4)(layers.Conv2D(48, 3, padding="same")(flow))
    return both_sides(encoder, *(keras.Model(code, drawn, name=f"decoder_{s}") for s in SIDES))


def sharpness(pictures):
    return float(np.mean(np.asarray(detail(tf.constant(pictures)))[:, 16:-16, 16:-16] ** 2))


@pytest.mark.slow
def test_a_discriminator_sharpens_copies_at_the_same_error(speaker):
    """Half of a training with it and without, from the same blurred copies."""
    faces = speaker.faces(64)
    learnt, held = (faces[places] for places in split(len(faces), 0.2)[:2])
    found = {}
    for kind in ("none", "unet"):
        keras.utils.set_random_seed(0)
        net, random = copier(64), np.random.default_rng(0)
        rivals = None if kind == "none" else Rivals(kind, 64, 0.2, since=0.5)
        net.compile(keras.optimizers.Adam(1e-3), {"l1": 1.0}, rivals=rivals, jit_compile=False)
        for step in range(STEPS):
            part = min(1.0, 4 * (1 - step / STEPS))
            net.optimizer.learning_rate = 1e-3 * part
            net.at(step / STEPS, part)
            both = dict.fromkeys(SIDES, learnt[random.choice(len(learnt), 8)])
            net.train_on_batch(both, both)
        copies = net.predict(dict.fromkeys(SIDES, held), verbose=0)["source"]
        found[kind] = np.mean((copies - held) ** 2), sharpness(copies) / sharpness(held)
    assert found["unet"][0] < 1.15 * found["none"][0]
    assert found["unet"][1] > 1.2 * found["none"][1]

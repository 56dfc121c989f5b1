import numpy as np
import pytest

from aligned import looked_at, points_of
from faceswap.data.held_out import evenly, split
from faceswap.generation.frechet import PcaFrechet, principal
from faceswap.generation.generated import distances
from faceswap.networks.code_net import ACTIVE
from faceswap.networks.gathering import Gathering
from faceswap.weights import get_weights
from models.autoencoder import Autoencoder
from models.vae import Vae


@pytest.fixture(scope="module")
def faces():
    """Pictures that four numbers tell: two blobs of colour on a slope."""
    random = np.random.default_rng(0)
    x, y = np.meshgrid(np.linspace(0, 1, 16), np.linspace(0, 1, 16))
    a, b, c, d = random.random((4, 128, 1, 1))
    blob = np.exp(-((x - a) ** 2 + (y - b) ** 2) * 12)
    tint = np.stack([c * np.ones_like(blob), blob, d * x + (1 - d) * y], axis=-1)
    return (0.1 + 0.8 * tint).astype(np.float32)


def trained(model, faces, epochs, rate=3e-3):
    import keras

    keras.utils.set_random_seed(0)
    net = model.build()
    model.compile(net, rate)
    net.fit(faces, epochs=epochs, batch_size=32, verbose=0)
    return net


def test_the_divergence_is_its_monte_carlo_value():
    from faceswap.networks.code_net import divergence

    random = np.random.default_rng(1)
    mean, logvar = random.normal(0, 1, (1, 4)), random.normal(0, 0.7, (1, 4))
    drawn = mean + np.exp(logvar / 2) * random.standard_normal((400_000, 4))
    of_q = -0.5 * ((drawn - mean) ** 2 / np.exp(logvar) + logvar).sum(axis=1)
    of_p = -0.5 * (drawn**2).sum(axis=1)
    found = float(np.asarray(divergence(mean, logvar)).sum())
    assert found == pytest.approx(float((of_q - of_p).mean()), rel=0.02)
    zero = np.zeros((1, 4))
    assert not np.asarray(divergence(zero, zero)).any()
    many = random.normal(0, 3, (100, 4)), random.normal(0, 3, (100, 4))
    assert np.asarray(divergence(*many)).min() >= 0


def test_gradients_flow_through_mean_and_deviation(monkeypatch):
    """Of a network that takes its inputs for the latents' Gaussian, and draws the latents."""
    import keras
    import tensorflow as tf

    from faceswap.networks.code_net import CodeNet

    noise = np.array([[1.5, -0.5]], np.float32)
    monkeypatch.setattr(keras.random, "normal", lambda shape, **_: tf.reshape(noise, shape))
    given, latent = keras.Input((2, 2)), keras.Input((2,))
    seeing = keras.Model(given, [given[:, 0], given[:, 1]])
    net = CodeNet(seeing, keras.Model(latent, latent + 0.0), variational=True)
    ends = tf.constant([[[0.3, -1.0], [0.2, -0.6]]])
    deviation = np.exp(np.asarray(ends[:, 1]) / 2)
    with tf.GradientTape() as tape:
        tape.watch(ends)
        drawn = net(ends, training=True)[0]
    np.testing.assert_allclose(drawn, ends[:, 0] + deviation * noise, rtol=1e-6)
    slopes = tape.gradient(drawn, ends)
    np.testing.assert_allclose(slopes[:, 0], [[1, 1]], rtol=1e-6)
    np.testing.assert_allclose(slopes[:, 1], 0.5 * deviation * noise, rtol=1e-6)
    np.testing.assert_array_equal(net(ends, training=False)[0], ends[:, 0])


def test_latents_that_say_nothing_are_told_from_those_in_use():
    from faceswap.networks.code_net import divergence

    net = Vae(size=16, latent=3, width=4).build()
    mean = np.zeros((8, 3), np.float32)
    mean[:, 1] = 0.5 * np.arange(8)
    mean[:, 2] = 0.05 * (-1) ** np.arange(8)
    logvar = np.tile(np.float32([0, -2, 0]), (8, 1))
    faces = np.zeros((8, 16, 16, 3), np.float32)
    net.compute_loss(faces, y_pred=(faces, mean, logvar))
    figures = {m.name: float(m.result()) for m in (net.apart, net.active, net.each)}
    each = np.asarray(divergence(mean, logvar)).mean(axis=0)
    assert figures == pytest.approx({"kl": each.sum(), "active": 1, "kl_active": each[1]}, rel=1e-5)


def test_it_learns_keeps_its_latents_apart_and_samples_what_it_saw(faces):
    model = Vae(size=16, latent=6, width=8)
    net = trained(model, faces, 40)
    drawn = np.asarray(model.decode(net, model.encode(net, faces)))
    assert ((drawn - faces) ** 2).mean() < 0.3 * faces.var(axis=0).mean()
    means = model.encode(net, faces)
    middle = np.asarray(net.gathering.middle)
    # The mean of all 160 batches: latents have moved meanwhile.
    assert (np.abs(middle - means.mean(axis=0)) < 0.5 * means.std(axis=0)).all()
    still = model.sample(net, 3, 0, psi=0.0)
    np.testing.assert_allclose(still[0], np.asarray(model.decode(net, middle[None]))[0], atol=1e-5)
    sampled = [model.sample(net, 64, 0, psi=psi).reshape(64, -1) for psi in (0.2, 0.6, 1.0)]
    spreads = [distances(some, some).mean() for some in sampled]
    assert spreads == sorted(spreads) and spreads[0] > 0


def test_samples_of_what_was_gathered_are_nearest_to_the_faces(speaker):
    """Nearer than with one deviation for all latents, the posterior's or 1; and than the prior's.

    In which order the others follow is the faces' own: of these, the narrow is the worst, and of
    the same faces where they lie still, the prior.
    """
    faces = speaker.shaken(8, 12, 0, 16)
    model = Vae(size=16, latent=12, width=8)
    net = trained(model, faces, 40)
    distance = PcaFrechet(faces)
    means, logvar = (np.asarray(end) for end in net.encoder(faces, training=False))
    noise = np.random.default_rng(1).standard_normal((256, 12)).astype(np.float32)
    middle, narrow = means.mean(axis=0), np.exp(logvar / 2).mean()
    others = (middle + narrow * noise, middle + noise, noise)
    distances = [distance(np.asarray(model.decode(net, latents))) for latents in others]
    assert 1.5 * distance(model.sample(net, 256, 1)) < min(distances)


def test_without_bends_it_finds_the_principal_components(speaker):
    """Of the faces less their mean, by the same loss and step as the others."""
    import keras
    import tensorflow as tf

    from faceswap.networks.code_net import CodeNet

    faces = speaker.faces(16)
    faces -= faces.mean(axis=0)
    keras.utils.set_random_seed(0)
    given, latent = keras.Input(faces.shape[1:]), keras.Input((4,))
    found = keras.layers.Dense(4)(keras.layers.Flatten()(given))
    drawn = keras.layers.Reshape(faces.shape[1:])(keras.layers.Dense(faces[0].size)(latent))
    net = CodeNet(keras.Model(given, found), keras.Model(latent, drawn), variational=False)
    net.compile("adam")
    net.optimizer.learning_rate = 1e-2
    net.fit(tf.data.Dataset.from_tensors(faces).repeat(200), shuffle=False, verbose=0)
    flat = faces.reshape(len(faces), -1)
    error = float(((net(faces)[0] - faces) ** 2).numpy().mean())
    least = [((flat - flat @ a.T @ a) ** 2).mean() for a in (principal(flat, k)[0] for k in (3, 4))]
    assert least[1] * (1 - 1e-4) < error < 1.05 * least[1] < least[0]


def test_a_heavy_divergence_makes_all_faces_the_mean(faces):
    model = Vae(size=16, latent=6, width=8, beta=1e4)
    net = trained(model, faces, 40)
    drawn = np.asarray(model.decode(net, model.encode(net, faces)))
    assert drawn.std(axis=0).mean() < 0.1 * faces.std(axis=0).mean()
    variance = faces.var(axis=0).mean()
    assert ((drawn - faces) ** 2).mean() == pytest.approx(variance, rel=0.02)
    noise = np.random.default_rng(0).standard_normal((128, 6)).astype(np.float32)
    assert np.asarray(model.decode(net, noise)).var(axis=0).mean() < 0.01 * variance


def test_no_latent_is_held_above_zero(faces):
    import keras

    codes = []
    for seed in range(8):
        keras.utils.set_random_seed(seed)
        model = Autoencoder(size=16, latent=2, width=4)
        codes.append(model.encode(model.build(), faces))
    ends = np.concatenate(codes)
    assert (ends.min(axis=0) < 0).all() and (ends.max(axis=0) > 0).all()


@pytest.fixture(scope="module")
def real(speaker):
    """A person's faces, small, that lie anyhow six times: to learn from, and held out.

    Where nothing moves, components say all there is to say.
    """
    faces = [speaker.shaken(12, 20, seed, 16) for seed in range(6)]
    places = split(len(speaker.frames), 0.2)[:2]
    return [np.concatenate([some[those] for some in faces]) for those in places]


def missed(model, net, faces):
    """The mean squared error of faces drawn again."""
    return ((np.asarray(model.decode(net, model.encode(net, faces))) - faces) ** 2).mean()


def missed_by_components(learnt, held, count):
    mean = learnt.mean(axis=0)
    axes, _ = principal((learnt - mean).reshape(len(learnt), -1), count)
    away = (held - mean).reshape(len(held), -1)
    return ((away - away @ axes.T @ axes) ** 2).mean()


def shown_often(model, faces, steps):
    import keras

    keras.utils.set_random_seed(0)
    net, random = model.build(), np.random.default_rng(0)
    model.compile(net, 2e-3)
    for _ in range(steps):
        net.train_on_batch(faces[random.choice(len(faces), 8)])
    return net


def test_held_out_faces_are_drawn_better_than_by_as_many_components(real):
    """And the better, the more latents; a hundred components say nearly all of 768 numbers."""
    errors = []
    for latent in (2, 10, 100):
        model = Autoencoder(size=16, latent=latent, width=16)
        errors.append(missed(model, shown_often(model, real[0], 500), real[1]))
    assert errors[2] < errors[1] < 0.8 * errors[0]
    assert errors[0] < 1.05 * missed_by_components(*real, 2)
    assert errors[1] < 0.8 * missed_by_components(*real, 10)


def test_latents_in_use_are_worth_more_than_as_many_components(real):
    model = Vae(size=16, latent=16, width=16)
    net = shown_often(model, real[0], 700)
    active = int((model.encode(net, real[0]).var(axis=0) > ACTIVE).sum())
    assert active >= 8
    assert missed(model, net, real[1]) < 0.95 * missed_by_components(*real, active)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_faces_drawn_again_look_where_they_did(speaker):
    """Landmarks found anew in held-out faces and in what is drawn of them, and their poses."""
    faces, places = speaker.faces(32), split(len(speaker.frames), 0.2)
    model = Vae(size=32, latent=32, width=16)
    net = shown_often(model, faces[places[0]], 1500)
    held = faces[evenly(places[1], 8)]
    drawn = np.asarray(model.decode(net, model.encode(net, held)))
    seen = [[looked_at(one) for one in some] for some in (held, drawn)]
    for angle in ("yaw", "pitch"):
        errors = [abs(one[angle] - other[angle]) for one, other in zip(*seen, strict=True)]
        assert np.mean(errors) < 4
    points = np.array([[points_of(one) for one in some] for some in (held, drawn)])
    away = np.linalg.norm(points[0] - points[1], axis=-1).mean()
    eyes = np.linalg.norm(points[0, :, 45] - points[0, :, 36], axis=-1).mean()
    assert away < 0.05 * eyes


@pytest.mark.slow
def test_more_latents_draw_a_face_better_and_none_is_held_above_zero(faces):
    errors = []
    for latent in (2, 8):
        model = Autoencoder(size=16, latent=latent, width=8)
        net = trained(model, faces, 40)
        codes = model.encode(net, faces)
        errors.append(((np.asarray(model.decode(net, codes)) - faces) ** 2).mean())
    assert errors[1] < 0.7 * errors[0]
    assert codes.min() < 0


def test_what_was_gathered_is_the_gaussian_of_the_latents():
    layer, random = Gathering(2), np.random.default_rng(3)
    root = np.array([[2.0, 0.0], [1.0, 0.5]])
    for _ in range(400):
        mean = random.standard_normal((64, 2)) @ root.T + [1, -3]
        layer(mean.astype(np.float32), np.full((64, 2), 0.5, np.float32))
    drawn = layer.sample(20_000, 0)
    np.testing.assert_allclose(drawn.mean(axis=0), [1, -3], atol=0.1)
    np.testing.assert_allclose(np.cov(drawn.T), root @ root.T + 0.5 * np.eye(2), atol=0.25)
    np.testing.assert_allclose(layer.sample(1, 0, psi=0)[0], np.asarray(layer.middle), atol=1e-6)


def test_the_noise_is_saved_with_the_weights():
    assert any("seed" in name for name in get_weights(Vae(size=16, latent=2, width=4).build()))

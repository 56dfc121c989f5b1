"""Every adversarial model takes a step as its paper's table says."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap import plugins
from faceswap.generation.adversarial_model import AdversarialModel
from faceswap.generation.growing_model import GrowingModel
from faceswap.generation.labelled_model import LabelledModel
from faceswap.options import describe

KINDS = {name: plugins.load("models", name) for name in plugins.names("models")}
MODELS = {name: kind for name, kind in KINDS.items() if issubclass(kind, AdversarialModel)}
NORMAL = "non_saturating"
#: Game, what else of the rules is not as usual, the generator's rate, the optimiser and its decays.
#: Where it is not the paper's, DECISIONS.md says why.
TABLE = {
    "dcgan": (NORMAL, {}, 2e-4, "FusedAdam", (0.5, 0.999)),
    "cgan": (NORMAL, {"mismatched": True}, 2e-4, "FusedAdam", (0.5, 0.999)),
    "wgan": ("wasserstein", {"critic_steps": 5, "clip": 0.01}, 5e-5, "RMSprop", ()),
    "wgan_gp": (
        "wasserstein",
        {"critic_steps": 3, "penalty": 10.0},
        2e-4,
        "FusedAdam",
        (0.5, 0.9),
    ),
    "progan": ("wasserstein", {"penalty": 10.0, "drift": 1e-3}, 5e-3, "FusedAdam", (0.0, 0.99)),
    "stylegan": (NORMAL, {"real_slope": 1.0}, 5e-3, "FusedAdam", (0.0, 0.99)),
    "sagan": ("hinge", {"critic_rate": 4.0}, 3e-4, "FusedAdam", (0.0, 0.9)),
    "biggan": (
        "hinge",
        {"critic_rate": 4.0, "crossing": 1e-4},
        3e-4,
        "FusedAdam",
        (0.0, 0.9),
    ),
}


def small(name):
    labels = {"classes": "one,two"} if issubclass(MODELS[name], LabelledModel) else {}
    return MODELS[name](size=16, width=8, latent=8, **labels)


def copied(net):
    return [np.array(v.numpy()) for v in net.weights]


def test_the_table_has_all_models():
    assert set(TABLE) == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_taught_by_its_line_of_the_table(name):
    game, rules, rate, optimizer, betas = TABLE[name]
    model = MODELS[name]()
    defaults = {o.name: o.default for o in describe(MODELS[name])}
    assert defaults["average"] == 0.995 and defaults["augment_critic"] == "color"
    expected = {"game": game, "augment": "color", "average": 0.995} | rules
    assert model.taught_by() == expected
    stepper = model.optimizer(model.rate)
    assert (model.rate, type(stepper).__name__) == (rate, optimizer)
    assert tuple(getattr(stepper, b) for b in ("beta_1", "beta_2") if betas) == betas
    assert getattr(stepper, "momentum", 0) == 0
    assert model.batch == 32 * rules.get("critic_steps", 1)


@pytest.mark.parametrize("name", MODELS)
def test_whose_critic_judges_each_picture_by_itself(name):
    """All but those with batch normalisation or the deviation of the batch."""
    keras.utils.set_random_seed(0)
    net, random = small(name).build(), np.random.default_rng(0)
    pictures = np.asarray(net.seen(random.random((4, 16, 16, 3)).astype(np.float32)))
    labels, weights = tf.one_hot([0, 1, 1, 0], 2), net.get_weights()

    def scores(rows):
        # Spectral norms come nearer with each look.
        net.set_weights(weights)
        some = tf.gather(labels, rows) if MODELS[name].data == "labelled" else None
        return np.asarray(net.score(tf.constant(pictures[rows]), some))

    together = scores(np.arange(4))
    alone = np.concatenate([scores(np.array([n])) for n in range(4)])
    by_itself = np.allclose(alone, together, atol=1e-5)
    assert by_itself == (name in {"wgan", "wgan_gp", "sagan", "biggan"})


@pytest.mark.parametrize("name", MODELS)
def test_a_step_moves_both_networks_by_the_rules(name, untraced):
    keras.utils.set_random_seed(0)
    model, random = small(name), np.random.default_rng(0)
    net = model.build()
    model.compile(net, model.rate)
    rules, nets = net.rules, (net.generator, net.critic)
    before = [copied(one) for one in nets]
    faces = random.random((4 * rules.critic_steps, 16, 16, 3)).astype(np.float32)
    labels = np.arange(len(faces)) % 2 if model.data == "labelled" else None
    log = {key: float(value) for key, value in net.train_step((faces, labels)).items()}
    for one, values in zip(nets, before, strict=True):
        now = copied(one)
        assert all(np.isfinite(v).all() for v in now)
        kernels = [n for n, v in enumerate(one.weights) if v.name == "kernel"]
        moved = [np.abs(now[n] - values[n]).max() > 0 for n in kernels]
        # Of what grows, the smallest pictures' part alone; a few others wait for attention.
        assert any(moved) if isinstance(model, GrowingModel) else np.mean(moved) > 0.7
    assert int(net.critic_optimizer.iterations) == rules.critic_steps
    assert int(net.optimizer.iterations) == 1
    rates = [float(o.learning_rate) for o in (net.critic_optimizer, net.optimizer)]
    assert rates[0] == pytest.approx(rules.critic_rate * rates[1])
    assert (log["penalty"] != 0) == bool(rules.penalty or rules.real_slope or rules.drift)
    if rules.clip:
        assert max(np.abs(v).max() for v in net.critic.trainable_variables) <= rules.clip
    for first, now, mean in zip(before[0], copied(nets[0]), copied(net.average), strict=True):
        np.testing.assert_allclose(mean, first / 11 + now * 10 / 11, rtol=1e-6, atol=1e-6)

import keras
import numpy as np
import pytest

from faceswap.errors import BadOption, Unsupported
from faceswap.generation.synthesis import Synthesis
from models.biggan import FARTHEST, Biggan
from models.cgan import Cgan
from models.stylegan import Stylegan


def asked(model, **asked):
    """The model at work, and what it is told to draw."""
    keras.utils.set_random_seed(0)
    net, drawn = model.build(), []

    class Told(Synthesis):
        def drawn(self, latents):
            drawn.append(latents)
            return np.zeros((len(latents), model.size, model.size, 3), np.float32)

    return Told(model, net, **asked), drawn


def test_a_walk_is_through_the_class_that_is_asked_for():
    model = Cgan(latent=8, width=8, classes="neutral,smiling,angry")
    for label in ("smiling", "1"):
        made, drawn = asked(model, label=label, psi=0.5)
        made.walked(3, 4)
        np.testing.assert_allclose(drawn[0][:, 8:], np.eye(3)[[1] * 12], atol=1e-5)
    places = model.wanted(made.net, 3, 0, label=1)
    np.testing.assert_allclose(drawn[0][::4, :8], 0.5 * places[:, :8], atol=1e-5)


def test_a_walk_begins_where_the_same_sample_lies():
    big, style = Biggan(latent=8, width=8), Stylegan(size=16, latent=8, width=8)
    for model in (big, style):
        made, drawn = asked(model, psi=0.4)
        made.walked(4, 2)
        expected = model.wanted(made.net, 4, 0, psi=0.4)
        np.testing.assert_allclose(drawn[0][::2], expected, atol=1e-5)
        if model is big:
            assert 0.7 < np.abs(expected[:, :8]).max() / (0.4 * FARTHEST) <= 1


def test_a_class_that_there_is_not_is_refused_whatever_is_made():
    made, _ = asked(Cgan(latent=8, width=8, classes="neutral,smiling"), label="angry")
    plain, _ = asked(Stylegan(size=16, latent=8, width=8), label="angry")
    for make in ("walked", "mixed"):
        with pytest.raises(BadOption, match="no class 'angry'"):
            getattr(made, make)(2, 1)
        with pytest.raises(Unsupported, match="learnt no labels"):
            getattr(plain, make)(2, 1)

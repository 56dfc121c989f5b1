import keras
import numpy as np
import pytest

from faceswap.errors import BadOption
from faceswap.training.optimizing import Optimizing
from models.biggan import Biggan
from models.cgan import Cgan
from models.dcgan import Dcgan
from stages.train import Train


def built(model):
    keras.utils.set_random_seed(0)
    return model.build()


def test_fewer_faces_are_the_first_of_more_and_psi_leads_to_the_mean():
    model = Dcgan(latent=8, width=8)
    net = built(model)
    faces = model.sample(net, 5, 3)
    np.testing.assert_allclose(model.sample(net, 2, 3), faces[:2], atol=1e-6)
    assert np.abs(model.sample(net, 5, 4) - faces).max() > 1e-4
    still = model.sample(net, 5, 3, psi=0)
    np.testing.assert_allclose(still, still[:1].repeat(5, 0), atol=1e-6)


def test_a_control_that_is_not_there_is_refused():
    model = Dcgan(latent=8, width=8)
    with pytest.raises(BadOption, match="label"):
        model.sample(built(model), 1, 0, label=1)


def test_a_label_is_chosen_by_its_number():
    model = Cgan(latent=8, width=8, classes="neutral,smiling,angry")
    net = built(model)
    drawn = [model.sample(net, 2, 0, label=label) for label in range(3)]
    assert np.abs(drawn[0] - drawn[2]).max() > 1e-4
    labels = model.latents(net, 300, 0)[:, 8:]
    assert (labels.sum(1) == 1).all() and (labels.sum(0) > 60).all()
    with pytest.raises(BadOption, match="0 to 2"):
        model.sample(net, 1, 0, label=3)


def test_bigs_noise_is_cut_off():
    model = Biggan(latent=8, width=8)
    net = built(model)
    latents = model.latents(net, 500, 0)
    cut = model.shrunk(net, latents, 0.5)
    assert 0.95 < np.abs(cut[:, :8]).max() <= 1
    np.testing.assert_array_equal(cut[:, 8:], latents[:, 8:])
    assert (np.argsort(cut[:, 0]) == np.argsort(latents[:, 0])).all()
    np.testing.assert_array_equal(model.shrunk(net, latents, 1), latents)


def test_a_wasserstein_distance_wants_a_critic_whose_slope_is_bounded():
    for name in ("dcgan", "cgan"):
        stage = Train(model=name, classes="smile", set=("game=wasserstein",))
        with pytest.raises(BadOption, match=f"slope of {name}'s critic: take --model wgan_gp"):
            stage.validate()
    for name in ("wgan", "wgan_gp", "progan", "stylegan", "sagan", "biggan"):
        Train(model=name, classes="smile", set=("game=wasserstein",)).validate()


def test_terms_of_another_loss_are_refused():
    model = Dcgan(latent=8, width=8)
    with pytest.raises(BadOption, match="game"):
        model.compile(built(model), 1e-4, Optimizing(loss=("l1=1",)))

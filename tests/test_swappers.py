"""What holds for the models that swap, beside their contract."""

import numpy as np
import pytest

from faceswap import plugins
from faceswap.networks.precision import using
from faceswap.options import create

NARROW = {"encoder_width": 8, "decoder_width": 8, "size": 64, "latent": 16}
SMALL = (
    ("lite", {"width": 8, "size": 64}),
    ("residual", {"width": 8, "size": 64}),
    ("original", {"latent": 8, "size": 64}),
    ("df", NARROW),
    ("df", NARROW | {"variant": "udt"}),
    ("liae", NARROW),
    ("liae", NARROW | {"variant": "udt"}),
)


def gammas(net):
    """The gammas of all attention in a network."""
    return [v for v in net.trainable_variables if v.path.endswith("gamma")]


@pytest.mark.parametrize(
    ("name", "options"), SMALL, ids=[f"{name} {how.get('variant', '')}" for name, how in SMALL]
)
def test_attention_is_an_option_and_changes_what_is_drawn(name, options):
    model = create(plugins.load("models", name), options | {"attention": True})
    with using("float32"):
        net = model.build()
    faces = np.random.default_rng(0).random((1, 64, 64, 3)).astype(np.float32)
    plain = model.swap(net, faces)
    assert len(gammas(net)) >= 2
    for gamma in gammas(net):
        gamma.assign(1.0)
    attentive = model.swap(net, faces)
    assert np.abs(attentive.faces - plain.faces).max() > 1e-5
    assert np.abs(attentive.copies - plain.copies).max() > 1e-5
    bare = create(plugins.load("models", name), options)
    assert not bare.attention

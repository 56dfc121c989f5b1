from faceswap.console import listing


def terms(name):
    """The terms of a model's loss as programs are told of them, by name."""
    return {record["term"]: record for _, record in listing.model(name) if "term" in record}


def test_a_model_shows_its_loss_with_its_phases():
    shown = terms("faceswap_gan")
    assert shown["perceptual"]["phases"] == {"0": 0, "0.2": 1}
    assert shown["perceptual"]["help"].endswith("By phase: 0, from 20 % 1.")
    assert (shown["l1_eyes"]["weight"], shown["l1_eyes"]["phases"]) == (60, {})
    assert shown["fooled"]["weight"] == 0.1
    assert "`patch`" in shown["fooled"]["help"]


def test_others_have_neither_phases_nor_discriminators():
    shown = terms("lite")
    assert "dssim" in shown and "fooled" not in shown
    assert not any(record["phases"] for record in shown.values())
    assert terms("mean_face") == {}

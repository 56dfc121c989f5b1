import random

import numpy as np
import pytest

from faceswap.errors import BadMedia
from faceswap.films.images import encode_image, read_image
from faceswap.storage.intact import flaw


@pytest.fixture
def png(portrait):
    return encode_image(np.ascontiguousarray(portrait[:64, :64]), "png")


def test_whole_files_and_files_of_other_kinds_have_no_flaw(png, portrait):
    assert flaw(png) == ""
    assert flaw(png + b"more behind it") == ""
    assert flaw(encode_image(portrait, "jpg")) == flaw(b"") == flaw(b"text") == ""


def test_every_changed_bit_is_found(png):
    chance = random.Random(0)
    for _ in range(300):
        bad = bytearray(png)
        bad[chance.randrange(8, len(png))] ^= 1 << chance.randrange(8)
        assert flaw(bytes(bad))


def test_every_end_that_is_missing_is_found(png):
    for size in range(9, len(png), 7):
        assert flaw(png[:size]) == "it is cut off"


def test_a_damaged_picture_is_named_and_the_library_is_not_asked(png, tmp_path, capfd):
    bad = bytearray(png)
    bad[len(png) // 2] ^= 4
    (tmp_path / "bad.png").write_bytes(bad)
    with pytest.raises(BadMedia, match=r"bad.png .*check sum of its part at byte"):
        read_image(tmp_path / "bad.png")
    assert capfd.readouterr().err == ""

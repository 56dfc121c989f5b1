from __future__ import annotations

import numpy as np
import pytest

from faceswap.films import hdr


@pytest.mark.parametrize("transfer", [hdr.PQ, hdr.HLG])
def test_what_is_shown_can_be_written_back(transfer: int) -> None:
    tones = np.arange(256, dtype=np.uint8).reshape(1, -1, 1)
    codes = hdr.coded(tones, transfer)
    assert np.array_equal(hdr.shown(codes, transfer), tones)
    assert (np.diff(codes.astype(int), axis=1) > 0).all()


def test_usual_tones_are_shown_as_usual() -> None:
    # BT.2408: white paper has 58 % of PQ's scale and 75 % of HLG's; middle grey 38 % of both.
    for transfer, white in ((hdr.PQ, 0.58), (hdr.HLG, 0.75)):
        paper, grey = (
            int(hdr.shown(np.full((1, 1, 3), round(share * 65535), np.uint16), transfer)[0, 0, 0])
            for share in (white, 0.38)
        )
        assert 215 < paper < 235
        assert 90 < grey < 130
        brightest = hdr.coded(np.full((1, 1, 3), 255, np.uint8), transfer)[0, 0, 0] / 65535
        # 406 candela are 65 % of PQ's scale and 86 % of HLG's.
        assert brightest == pytest.approx({hdr.PQ: 0.652, hdr.HLG: 0.861}[transfer], abs=0.01)
    assert hdr.is_hdr(16) and hdr.is_hdr(18) and not hdr.is_hdr(1)


@pytest.mark.parametrize("transfer", [hdr.PQ, hdr.HLG])
def test_a_film_graded_brighter_has_another_white(transfer: int) -> None:
    # 203 candela, and less, are white paper; codes of a usual film only tagged as PQ are not.
    assert hdr.white_of([], transfer) == hdr.white_of([100.0], transfer) == 1
    assert hdr.white_of([230.0], 1) == 1
    white = hdr.white_of([230.0], transfer)
    assert white > 2
    tones = np.arange(256, dtype=np.uint8).reshape(1, -1, 1)
    assert np.array_equal(hdr.shown(hdr.coded(tones, transfer, white), transfer, white), tones)
    face = np.full((1, 1, 3), round(65535 * 0.8), np.uint16)
    assert hdr.shown(face, transfer, white).max() < 235
    # A flash, and a lamp in the picture, are no white.
    assert hdr.white_of([100.0] * 40 + [250.0], transfer) == 1
    lamp = np.full((10, 20, 3), 100, np.uint8)
    lamp[0, :3] = 255
    assert hdr.brightness(lamp) == 100

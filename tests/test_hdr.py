from __future__ import annotations

import numpy as np
import pytest

from faceswap import hdr


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

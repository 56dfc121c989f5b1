import numpy as np

from faceswap.alignment.crops import Crop, pack
from faceswap.generation.editing import patch
from faceswap.pictures.geometry import MEAN_FACE, crop_matrix


def crop(at=(60.0, 40.0), scale=50.0, side=80):
    points = MEAN_FACE * scale + at
    listed = [(float(x), float(y)) for x, y in points]
    return Crop(0, 0, pack(crop_matrix(points, side)), listed, 1.0)


def test_a_change_lies_where_the_face_is_and_nothing_else_changes():
    frame = np.full((150, 200, 3), 100, np.uint8)
    changed = np.zeros((32, 32, 3), np.float32)
    changed[12:20, 12:20] = 0.2
    found = patch(frame, changed, crop(), 80)
    assert found is not None
    rows, columns = np.nonzero(found.mask)
    middle = np.array([columns.mean() + found.left, rows.mean() + found.top])
    # The square's middle lies half the inner face's width from its sides, 0.55 below its brows.
    np.testing.assert_allclose(middle, [60 + 25, 40 + 0.55 * 50], atol=1.5)
    inside = found.rgb[found.mask > 0].astype(int)
    # The filter overshoots a little beside an edge.
    assert 100 + 0.2 * 255 <= inside.max() <= 100 + 0.25 * 255
    assert (found.rgb[found.mask == 0] == 100).all()
    side = np.sqrt(found.mask.astype(bool).sum())
    assert 20 < side < 40  # A quarter of a square of 80 pixels, and the filter's ends.


def test_faces_at_the_edge_are_cut_and_outside_are_none():
    frame, changed = np.zeros((100, 100, 3), np.uint8), np.full((32, 32, 3), 0.5, np.float32)
    found = patch(frame, changed, crop(at=(-30.0, -20.0)), 80)
    assert found is not None and (found.left, found.top) == (0, 0) and found.mask.any()
    assert patch(frame, changed, crop(at=(500.0, 10.0)), 80) is None

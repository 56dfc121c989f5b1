import av
import numpy as np

from faceswap.training.timelapse import RATE, WIDTH, Timelapse
from faceswap.writing.image_writer import PREVIEW


def grey(level, width=161, height=91):
    return np.full((height, width, 3), level, np.uint8)


def seen(film):
    with av.open(str(film)) as file:
        stream = file.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(stream)]
        return file.metadata["comment"], stream.average_rate, frames


def test_the_film_shows_each_picture_once_in_order_and_is_marked(tmp_path):
    lapse = Timelapse(tmp_path / "timelapse")
    lapse.write()
    assert not lapse.film.exists()
    for step, level in ((500, 90), (10, 30), (1500, 200)):
        lapse.add(step, grey(level))
    lapse.write()
    comment, rate, frames = seen(tmp_path / "timelapse.mp4")
    assert comment == PREVIEW and rate == RATE
    assert [frame.shape for frame in frames] == [(90, 160, 3)] * 3
    np.testing.assert_allclose([frame.mean() for frame in frames], [30, 90, 200], atol=3)
    assert all(PREVIEW.encode() in path.read_bytes() for path in lapse.pictures())


def test_it_goes_on_where_a_run_was_cut_off(tmp_path):
    lapse = Timelapse(tmp_path / "timelapse")
    for step in (10, 20, 30):
        lapse.add(step, grey(step))
    lapse.cut(20)
    assert [path.stem for path in lapse.pictures()] == ["000000010", "000000020"]
    lapse.add(25, grey(100))
    lapse.write()
    lapse.write()
    _, _, frames = seen(lapse.film)
    np.testing.assert_allclose([frame.mean() for frame in frames], [10, 20, 100], atol=3)
    assert {path.name for path in tmp_path.iterdir()} == {"timelapse", "timelapse.mp4"}


def test_wide_pictures_are_made_smaller(tmp_path):
    lapse = Timelapse(tmp_path / "timelapse")
    lapse.add(1, grey(50, 2 * WIDTH, 400))
    lapse.write()
    assert seen(lapse.film)[2][0].shape == (200, WIDTH, 3)

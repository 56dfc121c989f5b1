import cv2
import numpy as np
import tensorflow as tf

from faceswap.training.events import Events


def read(folder):
    """What TensorBoard would read: (step, tag, value) of all files."""
    found = []
    for path in sorted(folder.glob("*")):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            found += [(event.step, one.tag, one) for one in event.summary.value]
    return found


def test_numbers_and_pictures_are_read_back_with_their_steps(tmp_path):
    events = Events(tmp_path)
    events.numbers(50, {"loss": 0.25, "mouth": None, "images_s": 12})
    picture = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    events.picture(70, "preview", picture)
    found = read(tmp_path)
    assert [(step, tag) for step, tag, _ in found] == [
        (50, "loss"),
        (50, "images_s"),
        (70, "preview"),
    ]
    assert [one.simple_value for _, _, one in found[:2]] == [0.25, 12.0]
    image = found[2][2].image
    assert (image.width, image.height, image.colorspace) == (9, 6, 3)
    data = np.frombuffer(image.encoded_image_string, np.uint8)
    np.testing.assert_array_equal(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), picture)


def test_another_run_adds_its_own_file(tmp_path):
    for step in (1, 2):
        Events(tmp_path).numbers(step, {"loss": float(step)})
    assert sorted(step for step, _, _ in read(tmp_path)) == [1, 2]

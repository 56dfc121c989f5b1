from __future__ import annotations

import pytest

from faceswap.encoding import container_for, encoding_for
from faceswap.errors import Unsupported
from faceswap.frame_index import Clip, Stream


def _clip(pixel_format: str = "yuv420p", width: int = 96, *streams: Stream) -> Clip:
    video = Stream(0, "video", "h264", "")
    return Clip(
        "media/a.mp4",
        "video",
        width,
        64,
        (1, 25),
        (25, 1),
        [],
        pixel_format=pixel_format,
        streams=(video, *streams),
    )


def test_the_container_is_the_one_with_room() -> None:
    aac, vorbis = Stream(1, "audio", "aac", ""), Stream(1, "audio", "vorbis", "")
    text, data = Stream(2, "subtitle", "ass", ""), Stream(3, "data", "", "")
    assert container_for(_clip("yuv420p", 96, aac, data)) == "mp4"
    assert container_for(_clip("yuv420p", 96, aac, text)) == "mkv"
    assert container_for(_clip("yuv420p", 96, vorbis)) == "mkv"
    assert container_for(_clip("yuv420p", 96, aac), "prores") == "mov"
    assert container_for(_clip("yuv420p", 96, aac), "ffv1") == "mkv"
    with pytest.raises(Unsupported, match="subtitle, ass"):
        container_for(_clip("yuv420p", 96, aac, text), "h264", "mp4")
    with pytest.raises(Unsupported, match="cannot hold prores"):
        container_for(_clip(), "prores", "mp4")


@pytest.mark.parametrize(
    ("given", "codec", "want"),
    [
        ("yuvj420p", "h264", "yuv420p"),
        ("nv12", "h264", "yuv420p"),
        ("p010le", "h264", "yuv420p10le"),
        ("yuyv422", "h264", "yuv422p"),
        ("yuv444p12le", "h264", "yuv444p10le"),
        ("yuv444p", "av1", "yuv420p"),
        ("yuv420p", "prores", "yuv422p10le"),
        ("gray", "h264", "yuv420p"),
        ("rgb24", "h264", "yuv420p"),
        ("bgra", "ffv1", "bgr0"),
        ("yuva420p", "h264", "yuv420p"),
    ],
)
def test_the_pixel_format_is_the_nearest(given: str, codec: str, want: str) -> None:
    assert encoding_for(_clip(given), codec).pixel_format == want


def test_odd_sides_take_full_chroma() -> None:
    assert encoding_for(_clip("yuv420p", 95)).pixel_format == "yuv444p"
    with pytest.raises(Unsupported, match="even sides"):
        encoding_for(_clip("yuv420p", 95), pixel_format="yuv420p")
    assert encoding_for(_clip("yuv420p", 95), "av1").pixel_format == "yuv420p"

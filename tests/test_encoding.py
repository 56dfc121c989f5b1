from __future__ import annotations

import av
import msgspec
import pytest

from faceswap.errors import Unsupported
from faceswap.films.frame_index import Clip, Stream
from faceswap.writing.encoding import CODECS, check_words, codec_for, container_for, encoding_for


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


def test_every_encoder_takes_what_the_table_says() -> None:
    for codec in CODECS.values():
        known = {form.name for form in av.Codec(codec.encoder, "w").video_formats}
        assert set(codec.formats) - {"gbrp16le"} <= known, codec.encoder


def test_the_codec_is_the_one_that_holds_the_film() -> None:
    plain = _clip()
    assert codec_for(plain) == "h264"
    assert codec_for(msgspec.structs.replace(plain, color_transfer=16)) == "hevc"
    clear = msgspec.structs.replace(plain, pixel_format="yuva420p", alpha=True)
    assert codec_for(clear) == "prores" and codec_for(clear, opaque=True) == "h264"
    assert encoding_for(clear).pixel_format == "yuva444p10le"
    assert encoding_for(clear, "ffv1").pixel_format == "yuva420p"
    assert encoding_for(clear, opaque=True).pixel_format == "yuv420p"
    with pytest.raises(Unsupported, match="yuv420p cannot hold the transparency"):
        encoding_for(clear, "ffv1", pixel_format="yuv420p")


def test_interlaced_frames_need_sides_that_both_fields_share() -> None:
    clip = msgspec.structs.replace(_clip(), height=66, field_order="tff")
    assert encoding_for(clip).pixel_format == "yuv444p"
    assert encoding_for(clip).fields == "tff"
    assert encoding_for(msgspec.structs.replace(clip, deinterlaced="flagged")).fields == ""


@pytest.mark.parametrize("transfer", [16, 18])
def test_few_bits_are_refused_for_high_dynamic_range(transfer: int) -> None:
    clip = msgspec.structs.replace(_clip("yuv420p10le"), color_transfer=transfer)
    assert encoding_for(clip).pixel_format == "yuv420p10le"
    with pytest.raises(Unsupported, match="too few bits"):
        encoding_for(clip, pixel_format="yuv444p")


def test_the_screen_is_told_to_the_encoder() -> None:
    screen = (0.708, 0.292, 0.17, 0.797, 0.131, 0.046, 0.3127, 0.329, 0.005, 1000.0)
    clip = msgspec.structs.replace(
        _clip("yuv420p10le"), color_transfer=16, mastering=screen, light=(1000, 400)
    )
    assert encoding_for(clip).options["x265-params"] == (
        "log-level=none:master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)"
        "L(10000000,50):max-cll=1000,400"
    )
    assert "G(0.17,0.797)" in encoding_for(clip, "av1").options["svtav1-params"]
    assert encoding_for(clip, "ffv1").dropped and not encoding_for(clip, "h264").dropped


def test_words_that_a_codec_does_not_know_are_refused() -> None:
    check_words("h264", "slow", "yuv422p10le")
    check_words("auto", "slow", "yuva420p")
    for words in (("h264", "8"), ("prores", "fast"), ("av1", "", "yuv422p"), ("auto", "", "x")):
        with pytest.raises(Unsupported):
            check_words(*words)


def test_a_film_without_waiting_frames_differs_in_nothing_else() -> None:
    usual, changed = encoding_for(_clip(), "h264"), encoding_for(_clip(), "h264").at_once
    assert changed.options == {**usual.options, "rc-lookahead": "0", "bf": "0", "threads": "1"}
    lossless = encoding_for(_clip(), "ffv1")
    assert lossless.at_once == lossless

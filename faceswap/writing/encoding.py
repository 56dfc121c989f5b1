"""How a film is encoded: codec, pixel format, container, and whether they go together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2

from faceswap.errors import Unsupported
from faceswap.films.frame_index import Clip, Order
from faceswap.films.hdr import NAMES, is_hdr
from faceswap.films.pixel_formats import depth, is_odd, nearest
from faceswap.films.transparency import has_alpha
from faceswap.writing import containers
from faceswap.writing.containers import MUXERS
from faceswap.writing.screen import screen_options

_EIGHT = ("yuv420p", "yuv422p", "yuv444p")
_ALPHA = ("yuva420p", "yuva422p", "yuva444p")
_RGB = ("bgr0", "gbrp10le", "gbrp12le", "gbrp14le", "gbrp16le", "rgb48le")
_RGB_ALPHA = ("bgra", "gbrap10le", "gbrap12le", "gbrap14le", "gbrap16le", "rgba64le")
_GREY = ("gray", "gray10le", "gray12le", "gray16le")
_FASTER = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium")
_PRESETS = (*_FASTER, "slow", "slower", "veryslow", "placebo")


def _deep(formats: tuple[str, ...], bits: int) -> tuple[str, ...]:
    return tuple(f"{name}{bits}le" for name in formats)


#: OpenCV's number for AVX-512 (`CV_CPU_AVX_512F`), which its Python does not name.
_AVX512 = 13
#: What x264 is kept from: its code for AVX-512 weighs blocks, now and then, by memory that nothing
#: was written to, and one film becomes two files. It is not faster either.
_SAME = ":asm=AVX2,FMA3,BMI2,LZCNT" if cv2.checkHardwareSupport(_AVX512) else ""

_CLEAR = (*_ALPHA, *_deep(_ALPHA, 10), *_deep(_ALPHA[1:], 12), *_deep(_ALPHA, 16))
_TEN, _TWELVE, _SIXTEEN = (_deep(_EIGHT, bits) for bits in (10, 12, 16))


@dataclass(frozen=True)
class Codec:
    """One way to encode: ffmpeg's encoder, what it takes, and where its stream can lie."""

    encoder: str
    formats: tuple[str, ...]
    containers: tuple[str, ...]
    #: What to add to a quality on H.264's scale (CRF) to look as good here; None: lossless or
    #: of a fixed quality.
    crf: int | None = None
    presets: tuple[str, ...] = ()
    preset: str = ""
    options: tuple[tuple[str, str], ...] = ()
    tag: str = ""
    #: Format for sources in RGB, where sharing chroma between pixels is what players expect.
    rgb: str = "yuv420p"
    #: Whether sides have to be even where pixels share chroma.
    even: bool = True
    #: Whether a stream can say that its samples have full range.
    full: bool = True
    #: Whether frames can say that they are interlaced.
    fields: bool = True
    #: Frames that a film needs for B-frames: of fewer, x265 makes up when they are decoded.
    least: int = 0


CODECS = {
    # Skin shows errors of chroma: 4 steps finer cost 5 % of the bytes and give 1 dB.
    "h264": Codec(
        "libx264",
        _EIGHT + _TEN,
        ("mp4", "mov", "mkv", "ts"),
        0,
        _PRESETS,
        "veryfast",
        (("x264-params", f"chroma-qp-offset=-4{_SAME}"),),
    ),
    "hevc": Codec(
        "libx265",
        _EIGHT + _TEN + _TWELVE,
        ("mp4", "mov", "mkv", "ts"),
        1,
        _PRESETS,
        "superfast",
        (("x265-params", "log-level=none"),),
        tag="hvc1",
        fields=False,
        least=8,
    ),
    "av1": Codec(
        "libsvtav1",
        ("yuv420p", "yuv420p10le"),
        ("mp4", "mkv"),
        7,
        tuple(map(str, range(14))),
        "8",
        even=False,
        fields=False,
    ),
    "prores": Codec(
        "prores_ks",
        (*_TEN[1:], "yuva444p10le"),
        ("mov", "mkv"),
        options=(("vendor", "apl0"),),
        rgb="yuv444p10le",
        full=False,
    ),
    "ffv1": Codec(
        "ffv1",
        (*_EIGHT, *_TEN, *_TWELVE, *_SIXTEEN, *_CLEAR, *_GREY, *_RGB, *_RGB_ALPHA),
        ("mkv",),
        options=(("level", "3"), ("slicecrc", "1")),
        rgb="bgr0",
        even=False,
    ),
}


@dataclass(frozen=True)
class Encoding:
    """All that is decided before the first frame is encoded."""

    codec: Codec
    pixel_format: str
    container: str
    options: dict[str, str]
    fields: Order = ""
    #: What of the film the codec cannot say.
    dropped: tuple[str, ...] = ()

    @property
    def at_once(self) -> Encoding:
        """The same without frames that wait for those behind them, where the encoder can do so."""
        if self.codec.encoder != "libx264":
            return self
        waiting = {"rc-lookahead": "0", "bf": "0", "threads": "1"}
        return replace(self, options={**self.options, **waiting})

    @property
    def muxer(self) -> str:
        """What ffmpeg calls the container."""
        return MUXERS[self.container]


def codec_for(clip: Clip, codec: str = "auto", opaque: bool = False) -> str:
    """The name of a codec; `auto`: that which players know best of those that hold the film.

    Args:
        clip: The film.
        codec: `auto`, or a name.
        opaque: Its transparency is to be left out.

    Raises:
        Unsupported: Where there is no such codec.
    """
    if codec == "auto":
        if clip.alpha and not opaque:
            return "prores"
        return "hevc" if is_hdr(clip.color_transfer) and not clip.fields else "h264"
    if codec not in CODECS:
        raise Unsupported(f"no codec `{codec}`: there are {', '.join(CODECS)}")
    return codec


def check_words(codec: str, preset: str = "", pixel_format: str = "auto") -> None:
    """Refuses a preset or a pixel format that no film could have with this codec.

    Raises:
        Unsupported: Says what is allowed.
    """
    known = [CODECS[codec]] if codec in CODECS else list(CODECS.values())
    if preset and codec != "auto" and preset not in known[0].presets:
        allowed = ", ".join(known[0].presets)
        raise Unsupported(
            f"{codec} has no preset `{preset}`: "
            + (f"there are {allowed}" if allowed else "it has none, leave the option out")
        )
    formats = [form for one in known for form in one.formats]
    if pixel_format not in ("auto", *formats):
        raise Unsupported(
            f"{'no codec has' if codec == 'auto' else f'{codec} has no'} pixel format "
            f"`{pixel_format}`: "
            f"take auto, {', '.join(dict.fromkeys(formats))}"
        )


def encoding_for(
    clip: Clip,
    codec: str = "auto",
    quality: int = 16,
    preset: str = "",
    pixel_format: str = "auto",
    container: str = "auto",
    opaque: bool = False,
) -> Encoding:
    """How a clip is encoded.

    Args:
        clip: The film whose faces are swapped.
        codec: One of `CODECS`, or `auto`.
        quality: As H.264's CRF: 0 is best, 16 keeps 40 dB and more, 51 is worst.
        preset: The encoder's own word for how long it may think; empty: fast.
        pixel_format: `auto`: the film's own, or the nearest the codec has.
        container: `auto`, `mp4`, `mov`, `mkv` or `ts`.
        opaque: Leave transparency out.

    Raises:
        Unsupported: Where codec, pixel format, container and film do not go together.
    """
    codec = codec_for(clip, codec, opaque)
    check_words(codec, preset, pixel_format)
    chosen = CODECS[codec]
    _check_fields(clip, codec)
    form = _pixel_format(clip, codec, pixel_format, opaque)
    screen = screen_options(clip, chosen.encoder)
    lost = bool(clip.mastering or clip.light) and not screen
    options = _options(chosen, quality, preset, screen)
    if len(clip.frames) < chosen.least:
        options["bf"] = "0"
    return Encoding(
        chosen,
        form,
        containers.container_for(clip, codec, chosen.containers, container),
        options,
        clip.fields,
        ("the mastering display's figures: they are left out",) if lost else (),
    )


def container_for(
    clip: Clip, codec: str = "auto", container: str = "auto", opaque: bool = False
) -> str:
    """`mp4`, `mov`, `mkv` or `ts`: where the codec and all the film's other streams find room.

    Raises:
        Unsupported: Where the container asked for cannot hold them.
    """
    codec = codec_for(clip, codec, opaque)
    return containers.container_for(clip, codec, CODECS[codec].containers, container)


def _check_fields(clip: Clip, codec: str) -> None:
    if clip.fields and not CODECS[codec].fields:
        able = ", ".join(name for name, one in CODECS.items() if one.fields)
        raise Unsupported(
            f"{codec} cannot say that {clip.path} is interlaced: take --codec {able}, "
            "or make it progressive with extract --deinterlace flagged"
        )


def _options(codec: Codec, quality: int, preset: str, screen: dict[str, str]) -> dict[str, str]:
    options = dict(codec.options)
    for name, words in screen.items():
        options[name] = ":".join(filter(None, (options.get(name), words)))
    if codec.crf is not None:
        options["crf"] = str(min(quality + codec.crf if quality else 0, 51))
        options["preset"] = preset or codec.preset
    return options


def _pixel_format(clip: Clip, codec: str, asked: str, opaque: bool) -> str:
    chosen, (width, height) = CODECS[codec], clip.stored_size
    alpha, interlaced = clip.alpha and not opaque, bool(clip.fields)
    if alpha:
        _check_alpha(clip, codec, asked)
    if asked == "auto":
        asked = nearest(clip.pixel_format, chosen.formats, alpha, chosen.rgb)
        if chosen.even and is_odd(asked, width, height, interlaced):
            # Only planes of full size can be as odd as the picture is.
            asked = asked.replace("420", "444").replace("422", "444")
        if asked not in chosen.formats:
            raise Unsupported(f"{codec} needs even sides, not {width}x{height}: take --codec h264")
    if is_hdr(clip.color_transfer) and depth(asked) < min(10, depth(clip.pixel_format)):
        name = NAMES[clip.color_transfer]
        raise Unsupported(
            f"{clip.path} is {name}: {asked} has too few bits for it, take 10 or more"
        )
    if chosen.even and is_odd(asked, width, height, interlaced):
        raise Unsupported(f"{codec} needs even sides for {asked}, not {width}x{height}")
    return asked


def _check_alpha(clip: Clip, codec: str, asked: str) -> None:
    """Refuses what would lose a film's transparency without being told to."""
    able = [name for name, one in CODECS.items() if any(has_alpha(f) for f in one.formats)]
    if codec not in able or (asked != "auto" and not has_alpha(asked)):
        what = codec if codec not in able else asked
        raise Unsupported(
            f"{what} cannot hold the transparency of {clip.path}: take --codec "
            f"{' or '.join(able)}, --output-images png, or drop it with --transparency drop"
        )

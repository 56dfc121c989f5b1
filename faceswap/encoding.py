"""How a film is encoded: codec, pixel format, container, and whether they go together."""

from __future__ import annotations

import re
from dataclasses import dataclass

from faceswap.errors import Unsupported
from faceswap.frame_index import Clip, Stream

_EIGHT = ("yuv420p", "yuv422p", "yuv444p")
_TEN = tuple(f"{name}10le" for name in _EIGHT)
_TWELVE = tuple(f"{name}12le" for name in _EIGHT)
_SIXTEEN = tuple(f"{name}16le" for name in _EIGHT)


@dataclass(frozen=True)
class Codec:
    """One way to encode: ffmpeg's encoder, what it takes, and where its stream can lie."""

    encoder: str
    formats: tuple[str, ...]
    containers: tuple[str, ...]
    #: What to add to a quality on H.264's scale (CRF) to look as good here; None: lossless or
    #: of a fixed quality.
    crf: int | None = None
    preset: str = ""
    options: tuple[tuple[str, str], ...] = ()
    tag: str = ""
    #: Format for sources in RGB, where sharing chroma between pixels is what players expect.
    rgb: str = "yuv420p"
    #: Whether sides have to be even where pixels share chroma.
    even: bool = True
    #: Whether a stream can say that its samples have full range.
    full: bool = True


CODECS = {
    # Skin shows errors of chroma: 4 steps finer cost 5 % of the bytes and give 1 dB.
    "h264": Codec(
        "libx264",
        _EIGHT + _TEN,
        ("mp4", "mov", "mkv"),
        0,
        "veryfast",
        (("x264-params", "chroma-qp-offset=-4"),),
    ),
    "hevc": Codec(
        "libx265",
        _EIGHT + _TEN + _TWELVE,
        ("mp4", "mov", "mkv"),
        1,
        "superfast",
        (("x265-params", "log-level=none"),),
        tag="hvc1",
    ),
    "av1": Codec("libsvtav1", ("yuv420p", "yuv420p10le"), ("mp4", "mkv"), 7, "8"),
    "prores": Codec(
        "prores_ks",
        _TEN[1:],
        ("mov", "mkv"),
        options=(("vendor", "apl0"),),
        rgb="yuv444p10le",
        full=False,
    ),
    "ffv1": Codec(
        "ffv1",
        (*_EIGHT, *_TEN, *_TWELVE, *_SIXTEEN, "gray", "gray10le", "bgr0"),
        ("mkv",),
        options=(("level", "3"), ("slicecrc", "1")),
        rgb="bgr0",
        even=False,
    ),
}

MUXERS = {"mp4": "mp4", "mov": "mov", "mkv": "matroska"}

_MP4_SOUND = {"aac", "mp3", "mp2", "mp1", "ac3", "eac3", "alac", "opus", "flac"}
_MOV_SOUND = {"aac", "mp3", "mp2", "mp1", "ac3", "eac3", "alac"}
_MOV_RAW = {f"pcm_{kind}" for kind in ("s8", "s16be", "s16le", "s24be", "s24le", "s32be", "s32le")}
_MKV_SOUND = _MP4_SOUND | {"dts", "mlp", "truehd", "tta", "vorbis", "wavpack"}
_MKV_SOUND |= {f"pcm_{kind}" for kind in ("u8", "s16le", "s24le", "s32le", "f32le", "f64le")}
_MKV_TEXT = {"subrip", "ass", "ssa", "webvtt", "text", "hdmv_pgs_subtitle", "dvd_subtitle"}


@dataclass(frozen=True)
class Encoding:
    """All that is decided before the first frame is encoded."""

    codec: Codec
    pixel_format: str
    container: str
    options: dict[str, str]

    @property
    def muxer(self) -> str:
        """What ffmpeg calls the container."""
        return MUXERS[self.container]


def encoding_for(
    clip: Clip,
    codec: str = "h264",
    quality: int = 16,
    preset: str = "",
    pixel_format: str = "auto",
    container: str = "auto",
) -> Encoding:
    """How a clip is encoded.

    Args:
        clip: The film whose faces are swapped.
        codec: One of `CODECS`.
        quality: As H.264's CRF: 0 is best, 16 keeps 40 dB and more, 51 is worst.
        preset: The encoder's own word for how long it may think; empty: fast.
        pixel_format: `auto`: the film's own, or the nearest the codec has.
        container: `auto`, `mp4`, `mov` or `mkv`.

    Raises:
        Unsupported: Where codec, pixel format, container and streams do not go together.
    """
    if codec not in CODECS:
        raise Unsupported(f"no codec `{codec}`: there are {', '.join(CODECS)}")
    chosen = CODECS[codec]
    return Encoding(
        chosen,
        _pixel_format(clip, codec, pixel_format),
        container_for(clip, codec, container),
        _options(chosen, quality, preset),
    )


def container_for(clip: Clip, codec: str = "h264", container: str = "auto") -> str:
    """`mp4`, `mov` or `mkv`: where the codec and all the film's other streams find room.

    Raises:
        Unsupported: Where the container asked for cannot hold them.
    """
    possible = CODECS[codec].containers
    others = [s for s in clip.streams if s.index != clip.stream and s.kind != "data"]
    if container == "auto":
        return min(possible, key=lambda c: sum(not holds(c, s) for s in others))
    if container not in possible:
        raise Unsupported(f"{container} cannot hold {codec}: take {' or '.join(possible)}")
    for stream in others:
        # Sound without room is encoded anew, so it is no reason to refuse.
        if stream.kind != "audio" and not holds(container, stream):
            raise Unsupported(
                f"{container} cannot hold stream {stream.index} of {clip.path} "
                f"({stream.kind}, {stream.codec or 'unknown'}): take mkv, or auto"
            )
    return container


def holds(container: str, stream: Stream) -> bool:
    """Whether a copied stream finds room in a container. Raw data streams do nowhere."""
    kind, codec = stream.kind, stream.codec
    if kind == "audio":
        sound = {"mp4": _MP4_SOUND, "mov": _MOV_SOUND, "mkv": _MKV_SOUND}[container]
        return codec in sound or (container == "mov" and codec in _MOV_RAW)
    if kind == "subtitle":
        return codec in (_MKV_TEXT if container == "mkv" else {"mov_text"})
    if kind == "video":
        return codec in {"mjpeg", "png", "bmp"} if container != "mkv" else True
    return kind == "attachment" and container == "mkv"


def _options(codec: Codec, quality: int, preset: str) -> dict[str, str]:
    options = dict(codec.options)
    if codec.crf is not None:
        options["crf"] = str(min(quality + codec.crf if quality else 0, 51))
        options["preset"] = preset or codec.preset
    return options


def _pixel_format(clip: Clip, codec: str, asked: str) -> str:
    formats = CODECS[codec].formats
    if asked == "auto":
        asked = _nearest(clip.pixel_format, CODECS[codec])
        if _odd(clip, asked) and CODECS[codec].even:
            # Only planes of full size can be as odd as the picture is.
            asked = asked.replace("420", "444").replace("422", "444")
    if asked not in formats:
        raise Unsupported(f"{codec} has no {asked}: it takes {', '.join(formats)}")
    if _odd(clip, asked) and CODECS[codec].even:
        size = "x".join(map(str, clip.stored_size))
        raise Unsupported(f"{codec} needs even sides for {asked}, not {size}")
    return asked


def _odd(clip: Clip, pixel_format: str) -> bool:
    width, height = clip.stored_size
    return ("420" in pixel_format and bool(height % 2 or width % 2)) or (
        "422" in pixel_format and bool(width % 2)
    )


def _nearest(pixel_format: str, codec: Codec) -> str:
    """The codec's format that loses least of a film's."""
    if pixel_format in codec.formats:
        return pixel_format
    chroma, depth = _chroma(pixel_format), _depth(pixel_format)
    if not chroma:
        return codec.rgb
    layouts = ["420", "422", "444"]

    def loss(name: str) -> tuple[int, int, int, int]:
        fewer = layouts.index(chroma) - layouts.index(_chroma(name))
        return max(fewer, 0), max(depth - _depth(name), 0), -fewer, _depth(name)

    return min((f for f in codec.formats if _chroma(f)), key=loss)


def _chroma(pixel_format: str) -> str:
    """`420`, `422`, `444` for kinds of YUV and grey; empty for kinds of RGB."""
    if re.match(r"nv12|nv21|p0|gray|ya|yuva?j?4[12][01]", pixel_format):
        return "420"
    if re.match(r"nv16|nv20|yuyv|uyvy|yvyu|y2|p2|yuva?j?422", pixel_format):
        return "422"
    return "444" if re.match(r"yuva?j?44[04]|nv24|p4|ayuv|vuy", pixel_format) else ""


def _depth(pixel_format: str) -> int:
    found = re.search(r"(?:p|gray|p[024]|y2|nv2)(9|1[0246])(?:le|be)?$", pixel_format)
    return int(found[1]) if found else 8

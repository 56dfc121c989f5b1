"""Containers: which file formats have room for a codec, and for all that comes with a film."""

from __future__ import annotations

from pathlib import PurePosixPath

from faceswap.errors import Unsupported
from faceswap.films.frame_index import CHAPTERS, TIMECODE, Clip, Stream

#: What ffmpeg calls them. The first two keep times exactly, Matroska to the millisecond.
MUXERS = {"mp4": "mp4", "mov": "mov", "mkv": "matroska", "ts": "mpegts"}

_MP4_SOUND = {"aac", "mp3", "mp2", "mp1", "ac3", "eac3", "alac", "opus", "flac"}
_MOV_SOUND = {"aac", "mp3", "mp2", "mp1", "ac3", "eac3", "alac"}
_INTEGER = {f"pcm_s{bits}{end}" for bits in (16, 24, 32) for end in ("le", "be")}
_MOV_SOUND |= _INTEGER | {"pcm_s8", "pcm_u8", "pcm_alaw", "pcm_mulaw", "amr_nb", "amr_wb"}
_MOV_SOUND |= {f"pcm_f{bits}{end}" for bits in (32, 64) for end in ("le", "be")}
_MKV_SOUND = _MP4_SOUND | {"dts", "mlp", "truehd", "tta", "vorbis", "wavpack"}
_MKV_SOUND |= _INTEGER | {"pcm_u8", "pcm_f32le", "pcm_f64le"}
_MKV_TEXT = {"subrip", "ass", "ssa", "webvtt", "text", "hdmv_pgs_subtitle", "dvd_subtitle"}
#: Covers, and pictures from another side.
_VIDEO = {"mjpeg", "png", "bmp", "h264", "hevc", "mpeg4", "av1"}

#: Codecs by the container and the kind of stream.
_ROOM: dict[str, dict[str, set[str]]] = {
    "mp4": {
        "audio": _MP4_SOUND,
        "subtitle": {"mov_text"},
        "video": _VIDEO,
        "data": {CHAPTERS, TIMECODE, "bin_data"},
    },
    "mov": {
        "audio": _MOV_SOUND,
        "subtitle": {"mov_text"},
        "video": (_VIDEO - {"av1"}) | {"prores"},
        "data": {CHAPTERS, TIMECODE},
    },
    "mkv": {
        "audio": _MKV_SOUND,
        "subtitle": _MKV_TEXT | {"dvb_subtitle"},
        "data": {CHAPTERS, TIMECODE},
    },
    "ts": {
        "audio": {"aac", "mp3", "mp2", "mp1", "ac3", "eac3", "opus", "dts"},
        "subtitle": {"dvb_subtitle", "dvb_teletext"},
        "data": {"klv", "timed_id3", "bin_data", "smpte_2038", "scte_35"},
    },
}


def container_for(clip: Clip, codec: str, possible: tuple[str, ...], asked: str = "auto") -> str:
    """`mp4`, `mov`, `mkv` or `ts`: where the codec and all the film's other streams find room.

    Args:
        clip: The film.
        codec: Its name, for the message.
        possible: The containers with room for the codec, the best first.
        asked: One of them, or `auto`.

    Raises:
        Unsupported: Where the container asked for cannot hold them.
    """
    others = [s for s in clip.streams if s.index != clip.stream]
    if asked == "auto":
        # A transport stream has no place for chapters, rotation and titles: only for its like.
        of_its_kind = PurePosixPath(clip.path).suffix.lower() in {".ts", ".mts", ".m2ts"}
        possible = tuple(c for c in possible if c != "ts" or of_its_kind)
        return min(possible, key=lambda c: sum(not holds(c, s) for s in others))
    if asked not in possible:
        raise Unsupported(f"{asked} cannot hold {codec}: take {' or '.join(possible)}")
    for stream in others:
        # Sound without room is encoded anew, data is left out with a warning.
        if stream.kind not in {"audio", "data"} and not holds(asked, stream):
            raise Unsupported(
                f"{asked} cannot hold stream {stream.index} of {clip.path} "
                f"({stream.kind}, {stream.codec or 'unknown'}): take mkv, or auto"
            )
    return asked


def holds(container: str, stream: Stream) -> bool:
    """Whether a copied stream finds room in a container."""
    if container == "mkv" and stream.kind in {"video", "attachment"}:
        return bool(stream.codec) or stream.kind == "attachment"
    return stream.codec in _ROOM[container].get(stream.kind, set())

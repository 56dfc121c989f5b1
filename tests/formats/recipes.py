"""Films of every kind, made by ffmpeg from ten frames of a man talking: a recipe each."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

_GOOD = "-preset veryfast -crf 12"
_H264 = f"-c:v libx264 {_GOOD}"
_HEVC = f"-c:v libx265 {_GOOD} -tag:v hvc1 -x265-params log-level=none"
_VP9 = "-c:v libvpx-vp9 -crf 12 -b:v 0 -cpu-used 8"
_MPEG2 = "-c:v mpeg2video -q:v 2 -flags +ildct+ilme"
#: The clip's colours as light, to be put on another curve.
_LIGHT = (
    "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv,"
    "zscale=t=linear:npl=203,format=gbrpf32le"
)
_SCREEN = (
    "master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,50)"
    ":max-cll=1000,400:hdr10=1"
)


@dataclass(frozen=True)
class Recipe:
    """How ffmpeg makes a film.

    Attributes:
        name: Of the file; its ending says the container.
        made: Words between the clip and the file.
        again: Words for a second run that copies the first one's streams, before its input.
    """

    name: str
    made: str
    again: str = ""


def _hdr(transfer: str, more: str = "") -> Recipe:
    curve = f"zscale=m=2020_ncl:p=2020:t={transfer}:r=tv:npl=203,format=yuv420p10le"
    words = f"-vf {_LIGHT},{curve} -c:v libx265 {_GOOD} -tag:v hvc1 -c:a aac"
    return Recipe("a.mp4", f"{words} -x265-params log-level=none{more}")


def _colours(matrix: str, tags: str, rest: str = _H264) -> Recipe:
    names = ("colorspace", "color_primaries", "color_trc")
    said = ":".join(f"{n}={v}" for n, v in zip(names, tags.split(), strict=True))
    return Recipe("a.mp4", f"-vf scale=out_color_matrix={matrix},setparams={said} {rest} -c:a aac")


def _turned(filters: str, flags: str, name: str = "a.mp4") -> Recipe:
    """A film that is stored otherwise than it is to be shown, as telephones do."""
    return Recipe(name, f"-vf {filters} {_H264} -c:a aac", again=flags)


def _sloping(form: str, most: int) -> str:
    """A transparency that slopes from left to right, up to the format's greatest value."""
    if "rgb" in form:
        return f"format={form},geq=r='p(X,Y)':g='p(X,Y)':b='p(X,Y)':a='{most}*X/W'"
    return f"format={form},geq=lum='p(X,Y)':cb='p(X,Y)':cr='p(X,Y)':a='{most}*X/W'"


RECIPES = {
    "constant rate": Recipe("a.mp4", f"{_H264} -bf 0 -c:a aac"),
    "23.976 frames a second": Recipe("a.mp4", f"-r 24000/1001 {_H264} -c:a aac"),
    "variable rate": Recipe(
        "a.mp4",
        "-vf setpts=(N*N*331+N*1001)/90000/TB -fps_mode passthrough -enc_time_base 1/90000 "
        f"{_H264} -video_track_timescale 90000 -c:a aac",
    ),
    "B-frames in open groups": Recipe(
        "a.mp4", f"{_H264} -x264-params open-gop=1:keyint=6:bframes=3:b-adapt=0 -c:a aac"
    ),
    "edit list": Recipe("a.mp4", f"{_H264} -bf 2 -c:a aac", again="-ss 0.13"),
    "no times": Recipe("a.h264", f"{_H264} -bf 2 -an"),
    "times out of order (AVI)": Recipe("a.avi", f"{_H264} -bf 2 -c:a mp3"),
    "turned by 90": _turned("transpose=cclock", "-display_rotation -90"),
    "turned by 180": _turned("hflip,vflip", "-display_rotation 180"),
    "turned by 270": _turned("transpose=clock", "-display_rotation 90", "a.mov"),
    "mirrored": _turned("hflip", "-display_hflip"),
    "upside down": _turned("vflip", "-display_vflip"),
    "turned and mirrored": _turned("transpose=cclock_flip", "-display_rotation -90 -display_hflip"),
    "turned (Matroska)": _turned("transpose=clock", "-display_rotation 90", "a.mkv"),
    "pixels of 8:9": Recipe("a.mp4", f"-vf setsar=8/9 {_H264} -c:a aac"),
    "405x721": Recipe(
        "a.webm",
        f"-vf format=yuv444p,crop=135:240:66:0,scale=405:721,format=yuv420p {_VP9} -c:a libopus",
    ),
    "interlaced, top first": Recipe(
        "a.mp4", f"-vf interlace=scan=tff {_H264} -flags +ildct+ilme -x264-params tff=1 -c:a aac"
    ),
    "interlaced, bottom first": Recipe("a.mpg", f"-vf interlace=scan=bff {_MPEG2} -c:a mp2"),
    "4:2:2": Recipe("a.mp4", f"-pix_fmt yuv422p {_H264} -c:a aac"),
    "4:4:4": Recipe("a.mp4", f"-pix_fmt yuv444p {_H264} -c:a aac"),
    "RGB": Recipe("a.mp4", "-c:v libx264rgb -preset veryfast -crf 12 -pix_fmt rgb24 -c:a aac"),
    "RGB of 10 bits": Recipe("a.mkv", "-c:v ffv1 -pix_fmt gbrp10le -c:a flac"),
    "full range": Recipe(
        "a.mp4", f"-vf scale=out_range=full,format=yuv420p -color_range pc {_H264} -c:a aac"
    ),
    "BT.601": _colours("bt601", "smpte170m smpte170m smpte170m"),
    "BT.709": _colours("bt709", "bt709 bt709 bt709"),
    "BT.2020": _colours("bt2020", "bt2020nc bt2020 bt2020-10", f"-pix_fmt yuv420p10le {_HEVC}"),
    "10 bits": Recipe("a.mp4", f"-pix_fmt yuv420p10le {_H264} -c:a aac"),
    "PQ": _hdr("smpte2084", f":{_SCREEN}"),
    "HLG": _hdr("arib-std-b67"),
    "alpha (ProRes 4444)": Recipe(
        "a.mov", f"-vf {_sloping('yuva444p10le', 1023)} -c:v prores_ks -c:a pcm_s16le"
    ),
    "alpha (WebM)": Recipe("a.webm", f"-vf {_sloping('yuva420p', 255)} {_VP9} -c:a libopus"),
    "alpha (QuickTime PNG)": Recipe("a.mov", f"-vf {_sloping('rgba', 255)} -c:v png -an"),
    "GIF": Recipe("a.gif", "-filter_complex split[a][b];[a]palettegen[p];[b][p]paletteuse -an"),
    "GIF with holes": Recipe(
        "a.gif",
        "-filter_complex format=rgba,geq=r='p(X,Y)':g='p(X,Y)':b='p(X,Y)':a='255*gt(X\\,40)',"
        "split[a][b];[a]palettegen[p];[b][p]paletteuse -an",
    ),
    "WebM without a count": Recipe("a.webm", f"{_VP9} -c:a libopus -live 1"),
    "MPEG-1": Recipe("a.mpg", "-c:v mpeg1video -q:v 2 -bf 2 -c:a mp2"),
    "MPEG-TS": Recipe("a.ts", f"{_H264} -bf 2 -c:a aac"),
    "MJPEG (AVI)": Recipe("a.avi", "-c:v mjpeg -q:v 2 -pix_fmt yuvj420p -c:a pcm_s16le"),
    "WMV": Recipe("a.wmv", "-c:v wmv2 -b:v 4M -c:a wmav2"),
    "HEVC": Recipe("a.mp4", f"{_HEVC} -c:a aac"),
    "AV1": Recipe("a.mp4", "-c:v libsvtav1 -preset 10 -crf 20 -c:a aac"),
    "VP9": Recipe("a.mkv", f"{_VP9} -c:a libvorbis"),
    "ProRes": Recipe("a.mov", "-c:v prores_ks -c:a pcm_s24le"),
    "FFV1": Recipe("a.mkv", "-c:v ffv1 -level 3 -c:a pcm_s16le"),
    "one frame": Recipe("a.mp4", f"-frames:v 1 {_H264} -c:a aac"),
    "grey": Recipe("a.mp4", f"-pix_fmt gray {_H264} -c:a aac"),
    "drained of colour": Recipe("a.mp4", f"-vf hue=s=0 {_H264} -c:a aac"),
    "sound longer": Recipe("a.mp4", f"-frames:v 5 {_H264} -c:a aac"),
    "sound shorter": Recipe("a.mp4", f"{_H264} -c:a aac -af atrim=0:0.2"),
    "sound late": Recipe("a.mp4", f"{_H264} -c:a aac -af asetpts=PTS+0.1/TB"),
    "timecode": Recipe("a.mov", f"{_H264} -timecode 01:02:03:04 -c:a pcm_s16le"),
}


def cook(recipe: Recipe, clip: Path, folder: Path) -> Path:
    """The film, made in a folder."""
    film = folder / recipe.name
    first = film.with_stem("first") if recipe.again else film
    ffmpeg("-i", clip, *recipe.made.split(), first)
    if recipe.again:
        ffmpeg(*recipe.again.split(), "-i", first, "-map", "0", "-c", "copy", film)
        first.unlink()
    return film


def ffmpeg(*words: object) -> None:
    """Runs ffmpeg; an error holds what it said."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"

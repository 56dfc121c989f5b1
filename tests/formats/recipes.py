"""Films of every kind, made by ffmpeg from ten frames of a man talking: a recipe each."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

#: What a recipe begins with: lossless, 320x240, ten frames, and 0.4 s of sound.
SIZE, FRAMES, RATE = (320, 240), 10, 25
QUICK = "-preset veryfast -crf 12"
H264 = f"-c:v libx264 {QUICK}"
HEVC = f"-c:v libx265 {QUICK} -tag:v hvc1 -x265-params log-level=none"
#: From the clip's own colours to light, and from there to a curve of high dynamic range.
VP9 = "-c:v libvpx-vp9 -crf 12 -b:v 0 -cpu-used 8"
LIGHT = (
    "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv,"
    "zscale=t=linear:npl=203,format=gbrpf32le"
)
MASTERING = (
    "master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,50)"
    ":max-cll=1000,400:hdr10=1"
)


@dataclass(frozen=True)
class Recipe:
    """How ffmpeg makes a film.

    Attributes:
        name: Of the file; its ending says the container.
        made: Words between the clip and the file.
        before: Words before the clip.
        again: Words for a second run that copies the first one's streams, before its input.
    """

    name: str
    made: str
    before: str = ""
    again: str = ""


def _hdr(transfer: str, more: str = "") -> str:
    curve = f"zscale=m=2020_ncl:p=2020:t={transfer}:r=tv:npl=203,format=yuv420p10le"
    words = f"-vf {LIGHT},{curve} -c:v libx265 {QUICK} -tag:v hvc1 -c:a aac"
    return f"{words} -x265-params log-level=none{more}"


RECIPES = {
    "constant rate": Recipe("a.mp4", f"{H264} -bf 0 -c:a aac"),
    "29.97 frames a second": Recipe("a.mp4", f"{H264} -r 30000/1001 -c:a aac"),
    "variable rate": Recipe(
        "a.mp4",
        "-vf setpts=(N*N*331+N*1001)/90000/TB -fps_mode passthrough -enc_time_base 1/90000 "
        f"{H264} -video_track_timescale 90000 -c:a aac",
    ),
    "B-frames in open groups": Recipe(
        "a.mp4", f"{H264} -x264-params open-gop=1:keyint=6:bframes=3:b-adapt=0 -c:a aac"
    ),
    "edit list": Recipe("a.mp4", f"{H264} -bf 2 -c:a aac", again="-ss 0.13"),
    "no times at all": Recipe("a.h264", f"{H264} -bf 2 -an"),
    "times missing in AVI": Recipe("a.avi", f"{H264} -bf 2 -c:a mp3"),
    "turned 90": Recipe("a.mp4", f"{H264} -c:a aac", again="-display_rotation 270"),
    "turned 180": Recipe("a.mp4", f"{H264} -c:a aac", again="-display_rotation 180"),
    "turned 270": Recipe("a.mov", f"{H264} -c:a aac", again="-display_rotation 90"),
    "mirrored": Recipe("a.mp4", f"{H264} -c:a aac", again="-display_hflip"),
    "upside down": Recipe("a.mp4", f"{H264} -c:a aac", again="-display_vflip"),
    "turned and mirrored": Recipe(
        "a.mp4", f"{H264} -c:a aac", again="-display_rotation 90 -display_hflip"
    ),
    "turned in Matroska": Recipe("a.mkv", f"{H264} -c:a aac", again="-display_rotation 90"),
    "pixels of 8:9": Recipe("a.mp4", f"-vf setsar=8/9 {H264} -c:a aac"),
    "405x721": Recipe(
        "a.webm",
        f"-vf format=yuv444p,crop=135:240:60:0,scale=405:721,format=yuv420p {VP9} -c:a libopus",
    ),
    "interlaced, top first": Recipe(
        "a.mp4", f"-vf interlace=scan=tff {H264} -flags +ildct+ilme -x264-params tff=1 -c:a aac"
    ),
    "interlaced, bottom first": Recipe(
        "a.mpg", "-vf interlace=scan=bff -c:v mpeg2video -q:v 2 -flags +ildct+ilme -c:a mp2"
    ),
    "4:2:2": Recipe("a.mp4", f"-pix_fmt yuv422p {H264} -c:a aac"),
    "4:4:4": Recipe("a.mp4", f"-pix_fmt yuv444p {H264} -c:a aac"),
    "RGB": Recipe("a.mp4", "-c:v libx264rgb -preset veryfast -crf 12 -pix_fmt rgb24 -c:a aac"),
    "RGB of 10 bits": Recipe("a.mkv", "-c:v ffv1 -pix_fmt gbrp10le -c:a flac"),
    "full range": Recipe(
        "a.mp4", f"-vf scale=out_range=full,format=yuv420p -color_range pc {H264} -c:a aac"
    ),
    "BT.601": Recipe(
        "a.mp4",
        f"-vf scale=out_color_matrix=bt601,setparams=colorspace=smpte170m:"
        f"color_primaries=smpte170m:color_trc=smpte170m {H264} -c:a aac",
    ),
    "BT.709": Recipe(
        "a.mp4",
        f"-vf scale=out_color_matrix=bt709,setparams=colorspace=bt709:color_primaries=bt709:"
        f"color_trc=bt709 {H264} -c:a aac",
    ),
    "BT.2020": Recipe(
        "a.mp4",
        f"-vf scale=out_color_matrix=bt2020,format=yuv420p10le,setparams=colorspace=bt2020nc:"
        f"color_primaries=bt2020:color_trc=bt2020-10 {HEVC} -c:a aac",
    ),
    "10 bits": Recipe("a.mp4", f"-pix_fmt yuv420p10le {H264} -c:a aac"),
    "PQ": Recipe("a.mp4", _hdr("smpte2084", f":{MASTERING}")),
    "HLG": Recipe("a.mp4", _hdr("arib-std-b67")),
    "alpha in ProRes": Recipe(
        "a.mov",
        "-vf format=yuva444p10le,geq=lum='p(X,Y)':cb='p(X,Y)':cr='p(X,Y)':a='1023*X/W'"
        " -c:v prores_ks -c:a pcm_s16le",
    ),
    "alpha in WebM": Recipe(
        "a.webm",
        "-vf format=yuva420p,geq=lum='p(X,Y)':cb='p(X,Y)':cr='p(X,Y)':a='255*X/W'"
        f" {VP9} -c:a libopus",
    ),
    "alpha in QuickTime PNG": Recipe(
        "a.mov",
        "-vf format=rgba,geq=r='p(X,Y)':g='p(X,Y)':b='p(X,Y)':a='255*X/W' -c:v png -an",
    ),
    "GIF": Recipe("a.gif", "-filter_complex split[a][b];[a]palettegen[p];[b][p]paletteuse -an"),
    "GIF with holes": Recipe(
        "a.gif",
        "-filter_complex format=rgba,geq=r='p(X,Y)':g='p(X,Y)':b='p(X,Y)':a='255*gt(X\\,40)',"
        "split[a][b];[a]palettegen[p];[b][p]paletteuse -an",
    ),
    "WebM without a count": Recipe("a.webm", f"{VP9} -c:a libopus -live 1"),
    "MPEG-1": Recipe("a.mpg", "-c:v mpeg1video -q:v 2 -bf 2 -c:a mp2"),
    "MPEG-TS": Recipe("a.ts", "-c:v mpeg2video -q:v 2 -bf 2 -c:a mp2"),
    "MJPEG in AVI": Recipe("a.avi", "-c:v mjpeg -q:v 2 -pix_fmt yuvj420p -c:a pcm_s16le"),
    "HEVC": Recipe("a.mp4", f"{HEVC} -c:a aac"),
    "AV1": Recipe("a.mp4", "-c:v libsvtav1 -preset 10 -crf 20 -c:a aac"),
    "VP9": Recipe("a.mkv", f"{VP9} -c:a libvorbis"),
    "ProRes": Recipe("a.mov", "-c:v prores_ks -c:a pcm_s24le"),
    "one frame": Recipe("a.mp4", f"-frames:v 1 {H264} -c:a aac"),
    "grey": Recipe("a.mp4", f"-pix_fmt gray {H264} -c:a aac"),
    "drained of colour": Recipe("a.mp4", f"-vf hue=s=0 {H264} -c:a aac"),
    "sound longer": Recipe("a.mp4", f"-frames:v 5 {H264} -c:a aac"),
    "sound shorter": Recipe("a.mp4", f"{H264} -c:a aac -af atrim=0:0.2"),
    "timecode": Recipe("a.mov", f"{H264} -timecode 01:02:03:04 -c:a pcm_s16le"),
}


def cook(recipe: Recipe, clip: Path, folder: Path) -> Path:
    """The film, made in a folder."""
    film = folder / recipe.name
    first = film.with_stem("first") if recipe.again else film
    ffmpeg(*recipe.before.split(), "-i", clip, *recipe.made.split(), first)
    if recipe.again:
        ffmpeg(*recipe.again.split(), "-i", first, "-map", "0", "-c", "copy", film)
        first.unlink()
    return film


def ffmpeg(*words: object) -> None:
    """Runs ffmpeg; an error holds what it said."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"

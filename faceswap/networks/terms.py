"""Terms of a swap network's loss, by the names that `--loss` takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from faceswap.networks.described import Described

#: What a mask that nobody teaches should be at least, where no phase says so.
LEAST = 0.4


class View(NamedTuple):
    """What a network was given of one side, and what it made of it; all float32.

    Attributes:
        given: (n, s, s, 3) the warped faces, from 0 to 1.
        real: (n, s, s, 3) what should have been drawn.
        drawn: (n, s, s, 3) what was.
        mask: (n, s, s) 1 on the face; None where there is none.
        weights: (n, s, s) how much each pixel counts, with mean 1; None where all count alike.
        alpha: (n, s, s) the drawn mask; None of a network that draws none.
        eyes: (n, s, s) 1 on the eyes of `real`; None where no term looks there.
        least: What the drawn mask should be at least, for `mask_least`.
        described: What dlib's network says of `real` and `drawn`; found when asked for.
    """

    given: Any
    real: Any
    drawn: Any
    mask: Any = None
    weights: Any = None
    alpha: Any = None
    eyes: Any = None
    least: Any = LEAST
    described: Described | None = None

    def mean(self, values: Any) -> Any:
        """The weighted mean of a map (n, s, s)."""
        import tensorflow as tf

        return tf.reduce_mean(values if self.weights is None else values * self.weights)


#: From the view of a side; and, of the swap, from its view and that of the source. In the swap's,
#: `real` is the target that was swapped.
Term = Callable[[View], Any]
SwapTerm = Callable[[View, View], Any]


def l1(view: View) -> Any:
    """Absolute error."""
    import tensorflow as tf

    return view.mean(tf.reduce_mean(tf.abs(view.real - view.drawn), -1))


def mse(view: View) -> Any:
    """Squared error."""
    import tensorflow as tf

    return view.mean(tf.reduce_mean((view.real - view.drawn) ** 2, -1))


def dssim(view: View) -> Any:
    """Structural dissimilarity: asks for contrast as well, so eyes and mouth sharpen sooner."""
    from faceswap.networks.losses import dissimilarity

    return view.mean(dissimilarity(view.real, view.drawn))


def ms_ssim(view: View) -> Any:
    """1 less the structural similarity at several scales; pixels count alike."""
    import tensorflow as tf

    from faceswap.networks.losses import multiscale

    return tf.reduce_mean(multiscale(view.real, view.drawn))


def edge(view: View) -> Any:
    """Absolute error of the absolute differences of neighbouring pixels."""
    return _edges(view, view.weights)


def l1_eyes(view: View) -> Any:
    """Absolute error in the eyes alone, as a part of the whole picture's mean."""
    import tensorflow as tf

    return tf.reduce_mean(view.eyes * tf.reduce_mean(tf.abs(view.real - view.drawn), -1))


def edge_eyes(view: View) -> Any:
    """`edge` in the eyes alone, as a part of the whole picture's mean."""
    return _edges(view, view.eyes)


def focal_frequency(view: View) -> Any:
    """Focal frequency loss: squared error of the spectrum, its worst parts most."""
    from faceswap.networks import losses

    return losses.focal_frequency(view.real, view.drawn)


def tv(view: View) -> Any:
    """Total variation of the drawn picture: less of it is less noise, and less detail."""
    return _variation(view.drawn)


def mask(view: View) -> Any:
    """Squared error of the drawn mask."""
    return view.mean((view.mask - view.alpha) ** 2)


def mask_least(view: View) -> Any:
    """How much the drawn mask is below what its phase asks for, or 0.4, on the mean of places."""
    import tensorflow as tf

    return tf.reduce_mean(tf.maximum(view.least - view.alpha, 0.0))


def mask_tv(view: View) -> Any:
    """Total variation of the drawn mask."""
    return _variation(view.alpha)


def mask_size(view: View) -> Any:
    """How much of the square the drawn mask takes."""
    import tensorflow as tf

    return tf.reduce_mean(view.alpha)


def identity(view: View) -> Any:
    """Squared distance of dlib's descriptors of the drawn and of the real face."""
    assert view.described
    return _apart(view.described.drawn[-1], view.described.real[-1])


def perceptual(view: View) -> Any:
    """Squared error of the maps of dlib's network for faces, as a part of each real face's."""
    import tensorflow as tf

    def mean(maps: Any) -> Any:
        return tf.reduce_mean(maps, (1, 2, 3))

    assert view.described
    pairs = zip(view.described.real[:-1], view.described.drawn[:-1], strict=True)
    # Of each picture by itself: parts of a batch have the whole's mean.
    parts = [tf.reduce_mean(mean((r - d) ** 2) / mean(r**2)) for r, d in pairs]
    return tf.add_n(parts) / len(parts)


def likeness(swap: View, source: View) -> Any:
    """Squared distance of the swap's descriptors from the mean of the source's in the batch."""
    import tensorflow as tf

    assert swap.described and source.described
    person = tf.reduce_mean(source.described.real[-1], 0, keepdims=True)
    return _apart(swap.described.drawn[-1], person)


def style(swap: View, source: View) -> Any:
    """How far the swap's blurred colours, their mean and spread on the face, are from the target's.

    DeepFaceLab's face style, with the mask of the target for both.
    """
    import tensorflow as tf

    from faceswap.networks.losses import blurred

    sigma, mask = swap.mask.shape[-1] / 8, swap.mask[:, None]
    moments = []
    for pictures in (swap.real, swap.drawn):
        soft = blurred(tf.transpose(pictures, (0, 3, 1, 2)) * mask, sigma)
        mean, variance = tf.nn.moments(soft, (2, 3))
        # The root has no slope at 0.
        moments.append((mean, tf.sqrt(variance + 1e-8)))
    (mean, spread), (drawn_mean, drawn_spread) = moments
    return tf.reduce_mean((mean - drawn_mean) ** 2 + (spread - drawn_spread) ** 2)


def background(swap: View, source: View) -> Any:
    """Structural dissimilarity and squared error of swap and target outside of the face."""
    import tensorflow as tf

    from faceswap.networks.losses import dissimilarity

    outside = 1 - swap.mask[..., None]
    real, drawn = swap.real * outside, swap.drawn * outside
    return tf.reduce_mean(dissimilarity(real, drawn)) + tf.reduce_mean((real - drawn) ** 2)


def _apart(first: Any, second: Any) -> Any:
    import tensorflow as tf

    return tf.reduce_mean(tf.reduce_sum((first - second) ** 2, -1))


def _edges(view: View, weights: Any) -> Any:
    """Errors of the differences along rows and columns; each weighs as the second of its pixels."""
    import tensorflow as tf

    from faceswap.networks.losses import slopes

    pairs = zip(slopes(view.real), slopes(view.drawn), strict=True)
    apart = [tf.reduce_mean(tf.abs(tf.abs(real) - tf.abs(drawn)), -1) for real, drawn in pairs]
    if weights is None:
        return tf.add_n([tf.reduce_mean(a) for a in apart])
    along, down = apart
    return tf.reduce_mean(along * weights[:, :, 1:]) + tf.reduce_mean(down * weights[:, 1:])


def _variation(maps: Any) -> Any:
    import tensorflow as tf

    from faceswap.networks.losses import slopes

    return tf.add_n([tf.reduce_mean(tf.abs(slope)) for slope in slopes(maps)])


#: The terms of each side's view, and those of the swap's.
TERMS: dict[str, Term] = {
    term.__name__: term
    for term in (
        *(l1, mse, dssim, ms_ssim, edge, focal_frequency, tv, l1_eyes, edge_eyes),
        *(mask, mask_least, mask_tv, mask_size, identity, perceptual),
    )
}
SWAP_TERMS: dict[str, SwapTerm] = {term.__name__: term for term in (likeness, style, background)}
#: What each term is; those that are in neither are squared errors of the output of that name.
HELP = {
    **{n: (t.__doc__ or "").splitlines()[0] for n, t in (TERMS | SWAP_TERMS).items()},
    "expression": "Squared error of the expression, of a network that tells it.",
}
#: Those that need the network's own mask, the face's mask, a map of the eyes, and dlib's network.
ALPHA = frozenset({"mask", "mask_least", "mask_tv", "mask_size"})
MASKED = frozenset({"mask", "style", "background"})
EYED = frozenset({"l1_eyes", "edge_eyes"})
DESCRIBED = frozenset({"identity", "perceptual", "likeness"})
#: Those whose phases say what they ask for, and not what they weigh.
LEVELLED = frozenset({"mask_least"})

"""Terms of a swap network's loss, by the names that `--loss` takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class View(NamedTuple):
    """What a network was given of one side, and what it made of it; all float32.

    Attributes:
        given: (n, s, s, 3) the warped faces, from 0 to 1.
        real: (n, s, s, 3) what should have been drawn.
        drawn: (n, s, s, 3) what was.
        mask: (n, s, s) 1 on the face; None where the lesson has no masks.
        weights: (n, s, s) how much each pixel counts, with mean 1; None where all count alike.
        alpha: (n, s, s) the drawn mask; None of a network that draws none.
    """

    given: Any
    real: Any
    drawn: Any
    mask: Any = None
    weights: Any = None
    alpha: Any = None

    def mean(self, values: Any) -> Any:
        """The weighted mean of a map (n, s, s)."""
        import tensorflow as tf

        return tf.reduce_mean(values if self.weights is None else values * self.weights)


Term = Callable[[View], Any]


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
    from faceswap.losses import dissimilarity

    return view.mean(dissimilarity(view.real, view.drawn))


def mask(view: View) -> Any:
    """Squared error of the drawn mask."""
    return view.mean((view.mask - view.alpha) ** 2)


#: The terms that are functions of a view.
TERMS: dict[str, Term] = {term.__name__: term for term in (l1, mse, dssim, mask)}
#: What each term is; those that are not in `TERMS` are squared errors of the output of that name.
HELP = {
    **{name: (term.__doc__ or "").splitlines()[0] for name, term in TERMS.items()},
    "expression": "Squared error of the expression that the landmarks tell.",
}

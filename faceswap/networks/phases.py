"""Phases: values that change at shares of a training."""

from __future__ import annotations

#: From which shares of a training on, 0 to 1 and rising, which value holds.
Phases = tuple[tuple[float, float], ...]


def level(phases: Phases, share: float) -> float:
    """The value at a share of the training: the newest phase's, and 1 before any.

    >>> level(((0.0, 0.0), (0.2, 0.5)), 0.3)
    0.5
    """
    begun = [value for start, value in phases if share >= start]
    return begun[-1] if begun else 1.0


def told(phases: Phases) -> str:
    """Phases in words.

    >>> told(((0.0, 0.0), (0.2, 0.5)))
    '0, from 20 % 0.5'
    """
    rest = [f"from {100 * start:g} % {value:g}" for start, value in phases if start]
    return ", ".join([f"{level(phases, 0.0):g}", *rest])

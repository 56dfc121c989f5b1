"""PixelRows: what a network of masked convolutions says of pixels that are drawn one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from faceswap.networks.masked_layers import MaskedConv2D, PlaceMap

#: What was found at a row, or a place of it, (n, 1, w, channels), by the `id` of the tensor of the
#: network's graph that it is the value of, or of the layer that found it in the rows above.
Values = dict[int, Any]


class PixelRows:
    """A network that goes from place to place, and keeps what it has found at those before.

    What needs the rows above alone is reckoned once for a row, all else once for each of its
    pixels, at its own place. The network itself would look at all rows above each pixel anew.

    Args:
        net: From pictures (n, h, w, 1) to logits (n, h, w, levels); all of its layers but the
            masked ones and the maps of places treat each place by itself.
    """

    def __init__(self, net: keras.Model) -> None:
        """Sorts what the network does by what has to be known for it."""
        self.picture, self.logits = net.inputs[0], net.outputs[0]
        done = [o for o in net.operations if not isinstance(o, keras.layers.InputLayer)]
        self.maps = [o for o in done if isinstance(o, PlaceMap)]
        done = [o for o in done if o not in self.maps]
        known = {id(o.output) for o in self.maps}
        for one in done:
            if getattr(one, "seen", "") == "above" or _ids(one.input) <= known:
                known |= _ids(one.output)
        self.first = [o for o in done if _ids(o.output) <= known]
        self.then = [o for o in done if not _ids(o.output) <= known]
        self.tall = [o for o in done if isinstance(o, MaskedConv2D) and o.above]
        self.wide = [o for o in self.then if isinstance(o, MaskedConv2D)]

    def start(self, count: Any) -> list[Any]:
        """What is above the first row, (n, rows, w, channels) for each layer that looks up."""
        return [_blank(o, (count, o.above, *o.input.shape[2:])) for o in self.tall]

    def edge(self, count: Any) -> list[Any]:
        """What is left of the first place, (n, 1, places, channels) for each that looks there."""
        return [_blank(o, (count, 1, o.beside, o.input.shape[3])) for o in self.wide]

    def ahead(self, row: Any, above: list[Any]) -> Values:
        """What is known of a row, by its number, whose pixels are not, from what is above it."""
        found = {id(o): o.from_above(rows) for o, rows in zip(self.tall, above, strict=True)}
        found |= {id(o.output): o.row(row) for o in self.maps}
        blank = tf.zeros((tf.shape(above[0])[0], 1, *self.picture.shape[2:]))

        def around(one: MaskedConv2D, row: Any) -> Any:
            return tf.pad(row, [[0, 0], [0, 0], [one.beside] * 2, [0, 0]])

        return _run(self.first, found | {id(self.picture): blank}, around)

    def at(self, place: Any, known: Values, left: list[Any]) -> tuple[Any, Values]:
        """The logits (n, levels) of a place's pixel, and all that was found there.

        Args:
            place: Its column.
            known: Of its row, by `ahead`.
            left: What is to the left of it: `edge`, then what `passed` gave.
        """
        used = _ids(self.wide).union(*(_ids(o.input) for o in self.then))
        here = {k: tf.gather(row, place[None], axis=2) for k, row in known.items() if k in used}
        beside = dict(zip(map(id, self.wide), left, strict=True))

        def around(one: MaskedConv2D, value: Any) -> Any:
            seen = beside[id(one)]
            # What is to the right is masked.
            return tf.concat([seen, tf.cast(value, seen.dtype), tf.zeros_like(seen)], 2)

        values = _run(self.then, here, around)
        return values[id(self.logits)][:, 0, 0], values

    def passed(self, values: Values, pixel: Any, left: list[Any]) -> list[Any]:
        """What is left of the next place: of what was found at this one, its pixel (n,) chosen."""
        values = values | {id(self.picture): pixel[:, None, None, None]}
        return [
            tf.concat([seen, tf.cast(values[id(o.input)], seen.dtype)], 2)[:, :, 1:]
            for o, seen in zip(self.wide, left, strict=True)
        ]

    def below(self, known: Values, row: Any, lefts: list[Any], above: list[Any]) -> list[Any]:
        """What is above the next row.

        Args:
            known: Of this one, by `ahead`.
            row: (n, w) its pixels.
            lefts: What `passed` gave at each place, (w, n, 1, places, channels) for each layer.
            above: What was above it.
        """
        found = known | {id(self.picture): row[:, None, :, None]}
        for one, left in zip(self.wide, lefts, strict=True):
            if one.above:
                found.setdefault(id(one.input), tf.transpose(left[:, :, :, -1], (1, 2, 0, 3)))
        return [
            tf.concat([rows, tf.cast(found[id(o.input)], rows.dtype)], 1)[:, 1:]
            for o, rows in zip(self.tall, above, strict=True)
        ]


def _run(done: list[Any], values: Values, around: Callable[[MaskedConv2D, Any], Any]) -> Values:
    values = dict(values)
    for one in done:
        inputs = [values[id(t)] for t in _listed(one.input)]
        if isinstance(one, MaskedConv2D):
            made = one.along(around(one, inputs[0]), values.get(id(one), 0))
        else:
            made = one(*inputs)
        values |= zip(map(id, _listed(one.output)), _listed(made), strict=True)
    return values


def _blank(one: MaskedConv2D, shape: tuple[Any, ...]) -> Any:
    return tf.zeros(shape, one.compute_dtype)


def _listed(tensors: Any) -> list[Any]:
    return list(tensors) if isinstance(tensors, list | tuple) else [tensors]


def _ids(tensors: Any) -> set[int]:
    return set(map(id, _listed(tensors)))

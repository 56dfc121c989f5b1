"""A convolution of a small map as the sum of a matrix product for each place of its kernel."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf


class Tap(NamedTuple):
    """A place of a kernel over a map of which every `stride`th row and column is another map.

    Attributes:
        place: Its number in the kernel, row by row.
        phase: The number of the map that it reads, row by row.
        down, right: How far from the output's place it reads in that map.
    """

    place: int
    phase: int
    down: int
    right: int


def taps(height: int, width: int, kernel: int, stride: int) -> list[Tap]:
    """The places of a kernel that meet the map at all, padded as TensorFlow's "same"."""
    rows, columns = _offsets(height, kernel, stride), _offsets(width, kernel, stride)
    return [
        Tap(y * kernel + x, phase_y * stride + phase_x, down, right)
        for y, (down, phase_y) in enumerate(rows)
        for x, (right, phase_x) in enumerate(columns)
        if abs(down) < height // stride and abs(right) < width // stride
    ]


def _offsets(size: int, kernel: int, stride: int) -> list[tuple[int, int]]:
    before = max((size // stride - 1) * stride + kernel - size, 0) // 2
    return [divmod(place - before, stride) for place in range(kernel)]


def shifted_products(inputs: Any, kernel: Any, stride: int) -> Any:
    """A convolution with "same" padding as the sum of a matrix product for each of its taps.

    A tap multiplies those places alone whose input lies inside of the map: of a kernel of 3 on a
    map of 4 by 4 that is 69 % of the products that laid out patches take, of a kernel of 5 with
    stride 2 on 8 by 8 it is 72 %. Both gradients are done alike.

    Args:
        inputs: (n, h, w, channels); `stride` divides h and w.
        kernel: (k, k, channels, filters), k at least `stride`.
        stride: Of rows and columns.

    Returns:
        (n, h/stride, w/stride, filters).
    """
    side, _, channels, filters = kernel.shape
    reach = taps(inputs.shape[1], inputs.shape[2], side, stride)

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def products(inputs: Any, kernel: Any) -> Any:
        maps = _phases(inputs, stride)
        matrices = tf.unstack(tf.reshape(kernel, (side * side, channels, filters)))

        def gradient(upstream: Any) -> tuple[Any, Any]:
            parts: list[list[Any]] = [[] for _ in maps]
            learnt = [tf.zeros_like(matrices[0])] * len(matrices)
            for place, phase, down, right in reach:
                above, seen = (
                    _window(m, d, r)
                    for m, d, r in ((upstream, -down, -right), (maps[phase], down, right))
                )
                back = tf.matmul(above, matrices[place], transpose_b=True)
                parts[phase].append(_spread(back, maps[phase], -down, -right))
                learnt[place] = tf.matmul(seen, above, transpose_a=True)
            joined = tf.concat([tf.add_n(part) for part in parts], -1)
            into = joined if stride == 1 else tf.nn.depth_to_space(joined, stride)
            return into, tf.reshape(tf.stack(learnt), kernel.shape)

        sums = [
            _spread(
                tf.matmul(_window(maps[phase], down, right), matrices[place]),
                maps[phase],
                down,
                right,
            )
            for place, phase, down, right in reach
        ]
        return tf.add_n(sums), gradient

    return products(inputs, kernel)


def _phases(inputs: Any, stride: int) -> list[Any]:
    """The maps that are every `stride`th row and column of one."""
    if stride == 1:
        return [inputs]
    return list(tf.split(tf.nn.space_to_depth(inputs, stride), stride * stride, -1))


def _window(values: Any, down: int, right: int) -> Any:
    """Rows of channels: the places of a map that a tap reads, where it is inside."""
    height, width, channels = values.shape[1:]
    rows = slice(max(down, 0), height + min(down, 0))
    columns = slice(max(right, 0), width + min(right, 0))
    return tf.reshape(values[:, rows, columns], (-1, channels))


def _spread(rows: Any, like: Any, down: int, right: int) -> Any:
    """A tap's products at their places of a map as large as `like`, zeros where there is none."""
    height, width = like.shape[1:3]
    inside = (-1, height - abs(down), width - abs(right), rows.shape[-1])
    edges = [(max(-shift, 0), max(shift, 0)) for shift in (down, right)]
    return tf.pad(tf.reshape(rows, inside), [(0, 0), *edges, (0, 0)])

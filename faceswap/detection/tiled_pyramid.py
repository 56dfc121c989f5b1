"""TiledPyramid: a picture at all its sizes, laid out on one canvas as dlib does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

#: dlib's `pyramid_down<6>`: each level has so many sixths of the side of the one before.
_KEPT, _OF = 5, 6
#: Pixels between levels, and around all of them.
_GAP, _MARGIN = 10, 11
#: Rows of the smallest level, at least.
_ROWS = 5


class Level(NamedTuple):
    """Where one size of the picture lies on the canvas, in pixels."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True)
class TiledPyramid:
    """The layout for pictures of one size.

    A network looks at much more than a face, so near the edges of a level it sees its neighbours:
    only on the same canvas does it give dlib's scores. Levels are stacked on the left until the
    next fits beside the last, and from there upwards on the right as far as the largest reaches.

    Args:
        height: Rows of the picture.
        width: Columns.
    """

    height: int
    width: int

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """The levels on the canvas, the largest first."""
        return self._left + self._right

    @cached_property
    def _left(self) -> tuple[Level, ...]:
        sizes = self._sizes
        whole = sum(rows + _GAP for rows, _ in sizes) - 2 * _GAP
        top, before, found = 0, 0, list[Level]()
        for rows, columns in sizes:
            room = self.width - before - _GAP
            if columns <= room and 2 * (top - self.height) >= whole - self.height:
                break
            found.append(Level(top + _MARGIN, _MARGIN, rows, columns))
            top, before = top + rows + _GAP, columns
        return tuple(found)

    @cached_property
    def _right(self) -> tuple[Level, ...]:
        last = self._left[-1]
        bottom, found = last.top + last.height, list[Level]()
        for rows, columns in self._sizes[len(self._left) :]:
            if bottom - rows < _MARGIN + self.height:
                break
            left = self.width - columns + _MARGIN
            found.append(Level(bottom - rows, left, rows, columns))
            bottom -= rows + _GAP
        return tuple(found)

    @cached_property
    def _sizes(self) -> list[tuple[int, int]]:
        rows, columns = self.height, self.width
        found = [(rows, columns)]
        while (rows := rows * _KEPT // _OF) >= _ROWS and (columns := columns * _KEPT // _OF):
            found.append((rows, columns))
        return found

    def canvas(self, pictures: Any) -> Any:
        """The canvases of pictures (n, height, width, 3), a tensor of floats; zeros in the gaps."""
        import tensorflow as tf

        sizes = [pictures]
        for level in self.levels[1:]:
            size = level.height, level.width
            sizes.append(tf.raw_ops.ResizeBilinear(images=sizes[-1], size=size, align_corners=True))
        count = len(self._left)
        left = self._column(self._left, sizes[:count])
        if not self._right:
            return left
        # Levels are disjoint, but not as columns: a wide one reaches below the right column.
        return left + self._column(self._right[::-1], sizes[count:][::-1])

    def _column(self, levels: tuple[Level, ...], pictures: list[Any]) -> Any:
        """Levels that lie below each other, with zeros up to the canvas's edges."""
        import tensorflow as tf

        last, width = self._left[-1], self.width + 2 * _MARGIN
        at, parts = 0, []
        for level, picture in zip(levels, pictures, strict=True):
            beside = level.left, width - level.left - level.width
            parts.append(tf.pad(picture, ((0, 0), (level.top - at, 0), beside, (0, 0))))
            at = level.top + level.height
        below = last.top + last.height + _MARGIN - at
        return tf.pad(tf.concat(parts, 1), ((0, 0), (0, below), (0, 0), (0, 0)))

    def back(self, x: float, y: float, side: float) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in the picture of a square about a place on the canvas.

        It belongs to the level that is nearest to its centre.
        """
        number = min(range(len(self.levels)), key=lambda n: _off(self.levels[n], x, y))
        level, scale = self.levels[number], (_OF / _KEPT) ** number
        # dlib adds 0.3 pixels each time it goes up a level.
        shift = 0.3 * (scale - 1) / (_OF / _KEPT - 1)
        half = (side - 1) / 2
        x, y = x - level.left, y - level.top
        left, top = (x - half) * scale + shift, (y - half) * scale + shift
        return left, top, (x + half) * scale + shift, (y + half) * scale + shift


def _off(level: Level, x: float, y: float) -> float:
    """The squared distance of a place from a level; 0 within it."""
    across = max(level.left - x, 0, x - level.left - level.width + 1)
    down = max(level.top - y, 0, y - level.top - level.height + 1)
    return across**2 + down**2

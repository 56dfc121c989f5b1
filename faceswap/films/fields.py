"""Fields: interlaced frames told apart, flagged, and made into whole ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction

import av
from av.filter import Graph
from av.video.frame import VideoFrame

from faceswap.films.frame_index import Order, Which

_FIRST: dict[str, Order] = {"TOPFIRST": "tff", "BOTTOMFIRST": "bff"}


class Chain:
    """Frames sent through filters of ffmpeg, which is set up anew when their form changes.

    Args:
        filters: Names and arguments, in their order.
    """

    def __init__(self, *filters: tuple[str, str]) -> None:
        """Only remembers the filters."""
        self._filters = filters
        self._form: tuple[object, ...] = ()
        self._graph: Graph | None = None

    def push(self, frame: VideoFrame) -> list[VideoFrame]:
        """What comes out when a frame goes in: none, or one or more, in their order."""
        form = (
            (frame.width, frame.height, frame.format.name),
            (frame.time_base, frame.colorspace, frame.color_range),
        )
        rest = self.rest() if self._graph is not None and form != self._form else []
        if self._graph is None:
            self._graph, self._form = self._set_up(frame), form
        self._graph.push(frame)
        return [*rest, *self._pulled()]

    def rest(self) -> list[VideoFrame]:
        """What the filters still hold; they begin anew after it."""
        if self._graph is None:
            return []
        self._graph.push(None)
        found = self._pulled()
        self._graph = None
        return found

    def _set_up(self, frame: VideoFrame) -> Graph:
        graph = Graph()
        # One thread: the frames come from a decoder, and go to an encoder, that have all cores.
        graph.threads = 1
        tick = frame.time_base or Fraction(1, 1000)
        last = graph.add(
            "buffer",
            f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}"
            f":time_base={tick.numerator}/{tick.denominator}:pixel_aspect=1/1"
            f":colorspace={frame.colorspace}:range={frame.color_range}",
        )
        for name, words in (*self._filters, ("buffersink", "")):
            node = graph.add(name, words or None)
            last.link_to(node)
            last = node
        graph.configure()
        return graph

    def _pulled(self) -> list[VideoFrame]:
        assert self._graph is not None
        found: list[VideoFrame] = []
        while True:
            try:
                frame = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return found
            assert isinstance(frame, VideoFrame)
            found.append(frame)


def order_of(frame: VideoFrame) -> Order:
    """Which field of a decoded frame is shown first, by the decoder's flags."""
    if frame.interlaced_frame:
        for name, order in _FIRST.items():
            chain = Chain(("select", f"eq(interlace_type,{name})"))
            if chain.push(frame) or chain.rest():
                return order
    return ""


def flagged(order: Order) -> Chain:
    """A chain that flags frames as interlaced, with the field that is shown first."""
    return Chain(("setfield", order or "prog"))


def whole(frames: Iterator[VideoFrame], which: Which) -> Iterator[VideoFrame]:
    """The same frames at the same times, progressive: one field's lines and new ones between.

    A frame is made from itself, the one before and the one after (BBC's weave and cubic filter,
    `bwdif`). So the first differs from what it would be if one came before it, and all others are
    the same wherever one begins.

    Args:
        frames: As decoded, in their order.
        which: `flagged` leaves frames as they are that are not flagged as interlaced; `all` takes
            those for interlaced too, top field first.
    """
    deint = "interlaced" if which == "flagged" else "all"
    chain = Chain(("bwdif", f"mode=send_frame:deint={deint}"))
    given: deque[VideoFrame] = deque()
    for frame in frames:
        given.append(frame)
        for made in chain.push(frame):
            yield _as(made, given.popleft())
    for made in chain.rest():
        yield _as(made, given.popleft())


def _as(made: VideoFrame, given: VideoFrame) -> VideoFrame:
    """The filter counts in half ticks; times are the given frame's own."""
    made.pts, made.time_base = given.pts, given.time_base
    return made

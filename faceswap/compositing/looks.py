"""How a new face is made to look in its frame: single options, or one of the numbered looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from faceswap.compositing.blending import BLENDS
from faceswap.compositing.color import TRANSFERS
from faceswap.compositing.masks import KINDS, Edge
from faceswap.errors import BadOption
from faceswap.options import check, describe, option


@dataclass(frozen=True)
class Look:
    """The options of colour, mask and blending: for the whole film, or for one shot."""

    color: str = option(
        "lab", "How the new face is given the old one's colours.", choices=TRANSFERS
    )
    tone_edge: float = option(
        0.2,
        "Width of the band along the edge in which the new face takes on the old one's tone, in "
        "widths of the face; 0 for none.",
        low=0,
        high=1,
    )
    blend: str = option("feather", "How the new face is joined to its frame.", choices=BLENDS)
    detail: float = option(
        1.0, "How far the new face is made as sharp as the old one.", low=0, high=1
    )
    grain: float = option(1.0, "How much of the old face's noise the new one gets.", low=0, high=1)
    mask: str = option(
        "both",
        "What bounds the new face: the hull of its landmarks, the mask the model learnt, or both.",
        choices=KINDS,
    )
    occlusion: float = option(
        1.0, "How much of what lies before the face stays before it.", low=0, high=1
    )
    erode: float = option(
        0.0,
        "Move the mask's edge inwards, in widths of the face; below 0, outwards.",
        low=-0.5,
        high=0.5,
    )
    feather: float = option(
        0.1, "Width of the mask's soft edge, in widths of the face.", low=0, high=1
    )

    @property
    def edge(self) -> Edge:
        """How the opacity is made."""
        return Edge(self.mask, self.erode, self.feather, self.occlusion)

    def __str__(self) -> str:
        """Where it differs from the defaults, as in `color none, feather 0.2`."""
        other = [f for f in fields(Look) if getattr(self, f.name) != f.default]
        return ", ".join(f"{f.name} {getattr(self, f.name)}" for f in other) or "defaults"


#: What `--look` takes, numbered from 1 as on the sweep's sheet: the defaults, and what helps where
#: they do not.
LOOKS = (
    Look(),
    Look(color="covariance"),
    Look(color="histogram"),
    Look(color="sliced"),
    Look(color="none"),
    Look(blend="pyramid"),
    Look(blend="poisson"),
    Look(mask="hull"),
    Look(erode=-0.05),
    Look(erode=0.08),
    Look(feather=0.3),
    Look(tone_edge=0.0),
    Look(detail=0.0, grain=0.0),
)


def by_shot(general: Look, texts: Iterable[str], shots: int) -> dict[int, Look]:
    """The look of each shot that has one of its own.

    Args:
        general: The job's; what a shot does not say is as here.
        texts: As in `3:feather=0.2` or `3:look=5`; a shot's look comes before its options.
        shots: How many shots there are; 0 for not known yet.

    Raises:
        BadOption: For a text of another form, an unknown option or shot, or a value that is not
            allowed.
    """
    known = {o.name: o for o in describe(Look)}
    found: dict[int, Look] = {}
    for shot, name, value in sorted(map(_parts, texts), key=lambda part: part[1] != "look"):
        where = f"shot {shot}: "
        if shots and not 1 <= shot <= shots:
            raise BadOption(f"{where}the film has shots 1 to {shots}")
        if name == "look":
            found[shot] = numbered(value, where)
        elif name in known:
            asked = check(known[name], value, where)
            found[shot] = replace(found.get(shot, general), **{name: asked})
        else:
            raise BadOption(f"{where}no option `{name}`: known are look, {', '.join(known)}")
    return found


def numbered(text: str, where: str = "") -> Look:
    """The look of a number; raises `BadOption` where there is none."""
    if not text.isdigit() or not 1 <= int(text) <= len(LOOKS):
        raise BadOption(f"{where}look is 1 to {len(LOOKS)}, not {text!r}")
    return LOOKS[int(text) - 1]


def _parts(text: str) -> tuple[int, str, str]:
    shot, colon, rest = text.partition(":")
    name, equals, value = rest.partition("=")
    if not (colon and equals and shot.strip().isdigit()):
        raise BadOption(f"shot takes texts as 3:feather=0.2, not {text!r}")
    return int(shot), name.strip(), value.strip()

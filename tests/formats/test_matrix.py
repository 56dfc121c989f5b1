from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceswap.films.media import index_media

from . import checks, whole
from .cases import CASES, Case
from .table import Table

ALL = [
    pytest.param(name, id=name, marks=() if case.fast else pytest.mark.slow)
    for name, case in CASES.items()
]


@pytest.mark.parametrize("name", ALL)
def test_what_goes_in_comes_out(
    name: str,
    tmp_path: Path,
    clip: Path,
    source: Path,
    model: Path,
    table: Table,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case, folder = CASES[name], tmp_path / "film"
    folder.mkdir()
    film = case.made(clip, folder)
    root = whole.new(tmp_path / "work", source, film, model)
    whole.swap(root, case.extract, case.merge)
    made = whole.Made(root, capsys.readouterr().err)
    new = tmp_path / "new" / "media"
    new.mkdir(parents=True)
    made.output.rename(new / made.output.name)
    pair = checks.Pair(made.index, root / "target", index_media(new), new.parent)
    _check(name, case, pair, made, table)


def _check(name: str, case: Case, pair: checks.Pair, made: whole.Made, table: Table) -> None:
    old, new = pair.clips
    codec = next(s.codec for s in new.streams if s.index == new.stream)
    assert " ".join((pair.files[1].suffix[1:], codec, new.pixel_format)) == case.out
    worst = checks.times(pair)
    checks.tags(pair, case)
    packets = checks.streams(pair, case)
    for dropped in case.dropped:
        assert dropped in made.said
    assert bool(case.dropped) == ("cannot hold" in made.said), made.said
    outside, _ = checks.pixels(pair, made.faces, case.least)
    given = next(s.codec for s in old.streams if s.index == old.stream)
    table.add(
        name,
        f"{pair.files[0].suffix[1:]} {given} {old.pixel_format}",
        case.out,
        str(len(new.frames)),
        "exact" if not worst else f"{float(worst) * 1000:.2f} ms",
        "bit-exact" if np.isinf(outside) or not case.least else f"{outside:.1f} dB",
        str(packets),
    )

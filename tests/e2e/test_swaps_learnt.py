"""What a swap of two real films has learnt after minutes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run

#: `df` at a sixteenth of its arithmetic.
NARROW = "size=64,encoder_width=16,decoder_width=16,mask_width=8"
LONG = ("--learning-rate", "0.0005", "--iterations", "1500", "--minutes", "0")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_an_expressive_df_opens_its_mouth_with_the_target(
    faceswap: Run, tmp_path: Path, talking_clip: Path, other_clip: Path
) -> None:
    """Without, the same training ends with a mouth that does the opposite."""
    work = tmp_path / "job"
    films = ("--source", talking_clip, "--target", other_clip, "--no-consent-record")
    assert faceswap("new", work, *films).returncode == 0
    how = ("--model", "df", "--set", f"{NARROW},expressive=32", *LONG)
    done = faceswap("run", work, "--until", "train", *how)
    assert done.returncode == 0, done.stderr
    lines = (work / "model/history.jsonl").read_text().splitlines()
    held = [line["held_out"] for line in map(json.loads, lines) if "held_out" in line][-1]
    assert held["mouth"] > 0.8
    assert held["gain"] > 0.6

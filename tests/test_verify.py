"""What is told of files: in words, as JSON, by the exit code; and of files that are hostile."""

from __future__ import annotations

import json
import random
import resource
from collections.abc import Callable
from pathlib import Path

import av
import msgspec
import pytest

import cli
from faceswap.provenance import sidecar
from faceswap.provenance.consent import Published
from faceswap.provenance.credentials import Credentials
from faceswap.provenance.signer import local_signer
from faceswap.provenance.statement import Statement
from faceswap.storage.digests import Input
from faceswap.writing.copies import MARK
from faceswap.writing.image_writer import PREVIEW, write_marked
from films import make_film, picture

#: Kilobytes that reading files of some kilobytes may take: the library fills its buffers.
MOST_MEMORY = 700_000
Say = Callable[..., tuple[int, str, str]]
SAID = Statement(
    "swap",
    Published(True, use="a test", until="2001-12-31", sha256="c" * 64),
    {"source": Input("a" * 64, 1), "target": Input("b" * 64, 2)},
    version="9.9",
)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs `verify`; gives exit code, stdout and stderr."""

    def run(*words: str | Path) -> tuple[int, str, str]:
        code = cli.main(["verify", *map(str, words)])
        said = capsys.readouterr()
        assert "Traceback" not in said.err and said.err.count("\n") <= 1
        assert (code == 0) == (said.err == "")
        return code, said.out, said.err

    return run


@pytest.fixture
def film(tmp_path: Path, config: Path) -> Path:
    path = copied(make_film(tmp_path / "plain.mp4", frames=10), tmp_path / "film.mp4", MARK)
    sign(path, config)
    return path


def copied(old: Path, new: Path, comment: str) -> Path:
    """A film packet by packet in a file of its own, with a comment and nothing else."""
    with av.open(str(old)) as film, av.open(str(new), "w") as copy:
        stream = copy.add_stream_from_template(film.streams.video[0])
        copy.metadata["comment"] = comment
        for packet in film.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    return new


def sign(path: Path, config: Path) -> None:
    Credentials(SAID, local_signer(str(config))).embed(path, path.suffix[1:])


def test_what_holds_is_0_and_told_in_plain_words(say: Say, film: Path) -> None:
    code, out, _ = say(film)
    assert code == 0 and len(out.splitlines()) == 7
    for words in (
        "film.mp4: what it claims holds",
        "synthetic: faces were replaced",
        "faceswap 9.9",
        f"SHA-256 {'a' * 64}",
        "for: a test; until 2001-12-31: IT HAS RUN OUT",
        "this machine's own certificate: it proves that nothing was changed since, and not who",
    ):
        assert words in out


def test_for_programs_it_is_one_object(say: Say, film: Path) -> None:
    code, out, _ = say(film, "--json")
    told = json.loads(out)
    assert code == 0 and told["holds"] and told["problems"] == []
    assert told["signature"]["holds"] and told["signature"]["trusted"] == "local"
    assert told["statement"]["inputs"]["target"] == {"sha256": "b" * 64, "files": 2}
    assert told["source_type"][0].endswith("compositeWithTrainedAlgorithmicMedia")


def test_elsewhere_nobody_vouches_for_the_signer(say: Say, film: Path, tmp_path: Path) -> None:
    code, out, _ = say(film, "--config", tmp_path / "other")
    assert code == 0 and "nobody known here vouches for that name" in out
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("how", ["flipped", "cut", "claim"])
def test_a_change_is_3_and_said(say: Say, film: Path, how: str) -> None:
    data = bytearray(film.read_bytes())
    if how == "cut":
        del data[-100:]
    else:
        data[data.find(b"compositeWith") if how == "claim" else len(data) - 300] ^= 1
    film.write_bytes(data)
    code, out, err = say(film)
    assert code == 3 and "does not hold" in out
    said = {
        "claim": "what it claims was changed after it was signed",
        "flipped": "the file was changed after it was signed",
        "cut": "it is damaged or cut off",
    }
    assert said[how] in err


def test_credentials_that_were_taken_away_are_missed(say: Say, film: Path) -> None:
    bare = copied(film, film.with_name("bare.mp4"), MARK)
    code, out, err = say(bare)
    assert code == 3 and MARK in out and "were taken away" in err


def test_a_sidecar_is_held_against_its_file(say: Say, film: Path) -> None:
    place = sidecar.place(film)
    whole = sidecar.describing(film, SAID, "embedded")
    sidecar.write(place, whole)
    assert say(film)[0] == 0
    other = msgspec.structs.replace(SAID, version="8")
    sidecar.write(place, msgspec.structs.replace(whole, statement=other))
    assert "says something else than the credentials do" in say(film)[2]
    wrong = [msgspec.structs.replace(whole.files[0], sha256="0" * 64)]
    sidecar.write(place, msgspec.structs.replace(whole, files=wrong))
    assert "speaks of another file of this name" in say(film)[2]
    for text in ('{"a": 1}', "[" * 100_000, "{", json.dumps({"form": "faceswap output 1"})):
        place.write_text(text)
        assert say(film)[0] == 0


def test_the_media_of_a_workspace_are_held_against_it(say: Say, film: Path, tmp_path: Path) -> None:
    for side in ("source", "target"):
        (tmp_path / "work" / side / "media").mkdir(parents=True)
        (tmp_path / "work" / side / "media" / "a.mp4").write_bytes(b"other")
    code, _, err = say(film, "--workspace", tmp_path / "work")
    assert code == 3 and "the source in work is not what it was made from" in err


@pytest.mark.parametrize("name", ["plain.mp4", "plain.png", "text.txt", "empty.mkv"])
def test_a_file_that_says_nothing_is_3_and_that_is_said(
    say: Say, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    if name.startswith("plain"):
        write_marked(path, picture(1), "png", "") if "png" in name else make_film(path, frames=5)
    else:
        path.write_text("hello" if "text" in name else "")
    code, out, err = say(path)
    assert code == 3 and "it claims nothing" in out and "it says nothing of itself" in err
    assert "proves nothing" in out


def test_a_picture_for_looking_at_says_what_it_is(say: Say, tmp_path: Path) -> None:
    write_marked(tmp_path / "sheet.png", picture(1), "png", PREVIEW)
    code, out, err = say(tmp_path / "sheet.png")
    assert code == 3 and PREVIEW in out and "cannot be checked" in out and PREVIEW in err


def test_what_is_not_there_is_one_line(say: Say, tmp_path: Path, film: Path) -> None:
    assert "expected a film or a picture" in say(tmp_path / "nowhere.mp4")[2]
    assert "expected a film or a picture" in say(tmp_path)[2]
    assert "holds no certificates" in say(film, "--trust", film)[2]


def test_a_strangers_words_do_nothing_to_the_terminal(
    say: Say, tmp_path: Path, config: Path
) -> None:
    evil = Published(True, use="\x1b[2J\nproblem: none", until="\x1b]0;x\x07", sha256="\x00")
    path = tmp_path / "evil.png"
    write_marked(path, picture(1), "png")
    signer = local_signer(str(config))
    Credentials(msgspec.structs.replace(SAID, consent=evil), signer).embed(path, "png")
    _, out, _ = say(path)
    assert all(c.isprintable() or c == "\n" for c in out) and "\nproblem" not in out


@pytest.mark.parametrize("kind", ["mp4", "png", "jpg"])
@pytest.mark.parametrize("count", [100, pytest.param(1500, marks=pytest.mark.slow)])
def test_mutilated_files_are_a_line_each(
    say: Say, tmp_path: Path, config: Path, kind: str, count: int
) -> None:
    path = tmp_path / f"it.{kind}"
    if kind == "mp4":
        make_film(path, frames=3)
    else:
        write_marked(path, picture(1), kind)
    sign(path, config)
    whole, chance = path.read_bytes(), random.Random(kind)
    before = most_memory()
    for _ in range(count):
        path.write_bytes(mutilated(whole, chance))
        assert say(path, "--json")[0] in (0, 3)
    assert most_memory() - before < MOST_MEMORY


def most_memory() -> int:
    """The most kilobytes that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def mutilated(data: bytes, chance: random.Random) -> bytes:
    """A file with bytes changed, taken out, repeated or cut off; mostly in its credentials."""
    new, ends = bytearray(data), min(len(data), 16_000)
    for _ in range(chance.choice((1, 3, 30))):
        at = chance.randrange(ends)
        how = chance.randrange(4)
        if how == 0:
            new[at : at + 4] = chance.randbytes(4)
        elif how == 1:
            del new[at : at + chance.randrange(1, 400)]
        elif how == 2:
            new[at:at] = new[at : at + chance.randrange(1, 4000)]
        else:
            new[at] = chance.choice((0, 0x7F, 0xFF))
        ends = max(1, min(ends, len(new)))
    return bytes(new[: chance.randrange(len(new))] if chance.random() < 0.1 else new)

import pytest

from faceswap import manifest
from faceswap.errors import Damaged
from faceswap.manifest import FEW, SAMPLE, Entry, Manifest, digest, fingerprint

ENTRY = Entry(
    "detect", {"size": 3}, "key", "ab", "cd", 1.5, "2026-01-01", {"numpy": "2"}, {"faces": 3}
)


def test_what_is_saved_is_what_is_loaded(tmp_path):
    said = Manifest(artefacts={"source/faces": ENTRY}, partials={"model": "key"})
    manifest.save(said, tmp_path / "manifest.json")
    assert manifest.load(tmp_path / "manifest.json") == said


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b'{"artefact": {}}', b'{"artefacts": {"a": {}}}', b"\xff\xfe{}"]
)
def test_what_is_no_manifest_is_damaged(tmp_path, text):
    path = tmp_path / "manifest.json"
    path.write_bytes(text)
    with pytest.raises(Damaged, match="is no manifest"):
        manifest.load(path)


def test_a_changed_byte_is_noticed_wherever_it_is(tmp_path):
    path = tmp_path / "manifest.json"
    manifest.save(Manifest(artefacts={"source/faces": ENTRY}), path)
    good = path.read_bytes()
    for at in range(0, len(good) - 1, 3):
        bad = bytearray(good)
        bad[at] ^= 1
        path.write_bytes(bad)
        # White space may become other white space: then nothing is said otherwise.
        if bad.split() != good.split():
            with pytest.raises(Damaged):
                manifest.load(path)


def test_the_manifest_before_is_kept_and_the_error_says_how_it_is_brought_back(tmp_path):
    path = tmp_path / "manifest.json"
    manifest.save(Manifest(), path)
    manifest.save(Manifest(artefacts={"source/faces": ENTRY}), path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(Damaged, match=r"`mv .*manifest.json.before .*manifest.json` brings back"):
        manifest.load(path)
    assert manifest.load(tmp_path / "manifest.json.before") == Manifest()
    (tmp_path / "manifest.json.before").write_text("{")
    with pytest.raises(Damaged, match=r"`echo {} > .*` the next run goes on from the model"):
        manifest.load(path)
    path.write_text("{}\n")
    assert manifest.load(path) == Manifest()


def test_a_seal_is_of_all_that_is_in_a_file(tmp_path):
    path = tmp_path / "film"
    path.write_bytes(bytes(3 * SAMPLE))
    seal, mark = manifest.seal(path), fingerprint(path)
    with path.open("rb+") as file:
        file.seek(3 * SAMPLE // 2)
        file.write(b"!")
    assert fingerprint(path) == mark and manifest.seal(path) != seal
    assert manifest.seal(tmp_path / "none") == ""


def test_a_digest_tells_values_apart_and_not_the_order_of_keys():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    different = [digest(*p) for p in ((1,), (2,), ("1",), (1.5,), ([1],), (1, 1), ({"a": 1},))]
    assert len(set(different)) == len(different)


def test_a_fingerprint_changes_with_the_content_alone(tmp_path):
    path = tmp_path / "film"
    path.write_bytes(b"one")
    before = fingerprint(path)
    path.touch()
    assert fingerprint(path) == before
    path.write_bytes(b"two")
    assert fingerprint(path) != before
    assert fingerprint(tmp_path / "nothing") == ""


@pytest.mark.parametrize("place", [0, SAMPLE - 1, -SAMPLE, -1])
def test_a_large_file_is_known_by_its_beginning_and_its_end(tmp_path, place):
    path = tmp_path / "film"
    data = bytearray(3 * SAMPLE)
    path.write_bytes(data)
    before = fingerprint(path)
    data[place] = 1
    path.write_bytes(data)
    assert fingerprint(path) != before


@pytest.mark.parametrize("count", [3, FEW + 1])
def test_a_file_added_or_taken_from_a_folder_shows(tmp_path, count):
    for number in range(count):
        (tmp_path / f"{number}.png").write_bytes(b"picture")
    before = fingerprint(tmp_path)
    (tmp_path / "0.png").unlink()
    taken = fingerprint(tmp_path)
    (tmp_path / "0.png").write_bytes(b"picture")
    assert fingerprint(tmp_path) == before != taken


def test_an_edit_of_the_same_size_shows_in_a_small_folder(tmp_path):
    (tmp_path / "a.png").write_bytes(b"one")
    before = fingerprint(tmp_path)
    (tmp_path / "a.png").write_bytes(b"two")
    assert fingerprint(tmp_path) != before

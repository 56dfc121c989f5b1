"""C2PA Content Credentials: put into a file, or beside one whose format has no place for them."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from faceswap.errors import BadCertificate, BadMedia
from faceswap.provenance import repeatable
from faceswap.provenance.repeatable import Signed
from faceswap.provenance.signer import Signer
from faceswap.provenance.statement import LABEL, Statement, actions, ingredients
from faceswap.storage import digests, durable

#: What the library calls the formats that hold credentials; those of others lie beside the file.
FORMATS = {
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "gif": "image/gif",
    "avi": "video/avi",
}
#: Ending of credentials that lie beside their file, behind its whole name.
DETACHED = ".c2pa"

#: No network: nothing is fetched, nobody is asked. Thumbnails would show faces of people who
#: agreed to a film alone.
_SETTINGS: dict[str, Any] = {
    "version": 1,
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {
        "verify_after_sign": False,
        "verify_trust": True,
        "remote_manifest_fetch": False,
        "ocsp_fetch": False,
    },
}


def context(anchors: str = "") -> Any:
    """The library's settings; `anchors`: certificates in PEM that are trusted."""
    import c2pa

    trust = {"trust": {"user_anchors": anchors}} if anchors else {}
    return c2pa.Context.from_dict({**_SETTINGS, **trust})


def draft_of(path: Path) -> Path:
    """Where a file's signed copy lies until it takes its place."""
    return path.with_name(f"{path.name}.signed.partial")


class Credentials:
    """Signs files as one statement says; files that are the same get the same bytes.

    Args:
        statement: What they say.
        signer: Who says it.
    """

    def __init__(self, statement: Statement, signer: Signer) -> None:
        """Only remembers."""
        self.statement = statement
        self.signer = signer
        self._parents: dict[Path, tuple[bytes, str]] = {}

    @cached_property
    def _context(self) -> Any:
        return context(self.signer.anchor)

    def embed(self, path: Path, kind: str, parent: Path | None = None) -> None:
        """Put credentials into a file.

        Args:
            path: The file, whatever its name; replaced in one move.
            kind: Its format, a key of `FORMATS`.
            parent: What it was made from; credentials in that stay readable in the new ones.

        Raises:
            BadMedia: Where the library cannot; holds its words.
            OSError: As the disk gives it.
        """
        draft = draft_of(path)
        try:
            with path.open("rb") as before, draft.open("w+b") as after:
                manifest, signed = self._sign(path, before, _Written(after), FORMATS[kind], parent)
            # Where the form is not the one that is known, the credentials hold all the same.
            with _known_form():
                repeatable.settle(draft, manifest, signed, self.signer.sign)
            draft.replace(path)
        finally:
            durable.remove(draft)

    def detached(self, path: Path, parent: Path | None = None) -> bytes:
        """Credentials of a file whose format has no place for them, to lie beside it."""
        with path.open("rb") as before:
            nowhere = _Written(None)
            octets = "application/octet-stream"
            manifest, signed = self._sign(path, before, nowhere, octets, parent)
        with _known_form():
            return repeatable.settled(manifest, signed, self.signer.sign)
        return manifest

    def _sign(
        self, path: Path, before: io.BufferedReader, after: _Written, form: str, parent: Path | None
    ) -> tuple[bytes, Signed]:
        import c2pa

        seen: list[Signed] = []

        def sign(data: bytes) -> bytes:
            seen.append(Signed(bytes(data), self.signer.sign(bytes(data))))
            return seen[-1].signature

        algorithm = c2pa.C2paSigningAlg[self.signer.algorithm.upper()]
        try:
            with (
                self._builder(path, parent, embedded=after.file is not None) as builder,
                c2pa.Signer.from_callback(sign, algorithm, self.signer.chain, None) as signer,
            ):
                manifest = builder.sign(signer, form, before, after)
        except c2pa.C2paError as error:
            if after.error is not None:
                raise after.error from error
            raise _refusal(path, error) from error
        return bytes(manifest), seen[-1]

    def _builder(self, path: Path, parent: Path | None, embedded: bool) -> Any:
        """What the library makes a manifest from; its names come from the file's content."""
        import c2pa

        parts = ingredients(self.statement)
        archive, before = b"", ""
        if parent and "target" in parts:
            archive, before = self._archived(parent, parts["target"])
        if archive:
            del parts["target"]
        text = msgspec.json.encode(self.statement)
        said = hashlib.sha256((digests.of_file(path) + before).encode() + text).digest()
        # C2PA takes random identifiers alone; this one only looks like it.
        name = uuid.UUID(bytes=said[:16], version=4)
        builder = c2pa.Builder(
            json.dumps(self._definition(name, list(parts.values()))), self._context
        )
        if archive:
            builder.add_ingredient_from_archive(io.BytesIO(archive))
        if not embedded:
            builder.set_no_embed()
        return builder

    def _definition(self, name: uuid.UUID, parts: list[dict[str, Any]]) -> dict[str, Any]:
        said = msgspec.to_builtins(self.statement)
        made = {"actions": actions(self.statement), "allActionsIncluded": True}
        return {
            "claim_version": 2,
            "claim_generator_info": [
                {"name": self.statement.tool, "version": self.statement.version}
            ],
            "title": self.statement.kind,
            "label": f"urn:c2pa:{name}",
            "instance_id": f"xmp:iid:{name}",
            "ingredients": parts,
            "assertions": [
                {"label": "c2pa.actions.v2", "data": made, "created": True},
                {"label": LABEL, "data": said, "created": True},
            ],
        }

    def _archived(self, parent: Path, part: dict[str, Any]) -> tuple[bytes, str]:
        """The parent with its own credentials, empty where it cannot be read; and its digest."""
        import c2pa

        if parent not in self._parents:
            file = io.BytesIO()
            form = FORMATS.get(parent.suffix[1:].lower())
            try:
                if form:
                    with c2pa.Builder("{}", self._context) as builder, parent.open("rb") as film:
                        builder.add_ingredient(json.dumps({**part, "format": form}), form, film)
                        builder.write_ingredient_archive(part["label"], file)
            except c2pa.C2paError:
                # Another format than its name says, or damaged: it is named by its digest alone.
                file = io.BytesIO()
            # Of a folder of pictures each is the parent of one.
            self._parents = {parent: (file.getvalue(), digests.of_file(parent))}
        return self._parents[parent]


class _Written(io.RawIOBase):
    """A file that remembers what the disk said: the library tells only that writing failed."""

    def __init__(self, file: Any) -> None:
        self.file, self.error, self.at = file, None, 0
        super().__init__()

    error: OSError | None

    def write(self, data: Any) -> int:
        if self.file is None:
            self.at += len(data)
            return len(data)
        return int(self._told(self.file.write, data))

    def read(self, size: int = -1) -> bytes:
        return b"" if self.file is None else bytes(self._told(self.file.read, size))

    def seek(self, offset: int, whence: int = 0) -> int:
        if self.file is None:
            self.at = offset if whence == 0 else self.at + offset
            return self.at
        return int(self._told(self.file.seek, offset, whence))

    def tell(self) -> int:
        return self.at if self.file is None else int(self.file.tell())

    def flush(self) -> None:
        if self.file is not None and not self.file.closed:
            self._told(self.file.flush)

    def _told(self, act: Any, *words: Any) -> Any:
        try:
            return act(*words)
        except OSError as error:
            self.error = error
            raise


@contextmanager
def _known_form() -> Iterator[None]:
    try:
        yield
    except ValueError:
        return


def _refusal(path: Path, error: Exception) -> BadCertificate | BadMedia:
    """The library's words, without anything of the key in them."""
    text = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    if any(word in text for word in ("Signature", "CertificateProfile", "certificate")):
        return BadCertificate(f"the certificate cannot sign Content Credentials: {text}")
    return BadMedia(f"{path} cannot be given Content Credentials: {text}")

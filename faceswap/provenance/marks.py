"""How outputs are marked: the options that say so, and the marker that does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np
from msgspec import to_builtins

from faceswap.compositing.swapped import MODEL
from faceswap.errors import Damaged
from faceswap.films.images import write_image
from faceswap.options import describe, option
from faceswap.provenance import consent, sidecar
from faceswap.provenance.consent import Published
from faceswap.provenance.credentials import DETACHED, FORMATS, Credentials
from faceswap.provenance.signer import Signer, local_signer, own_signer
from faceswap.provenance.statement import ModelUsed, Statement, version
from faceswap.storage import digests, durable
from faceswap.workspace import SIDES, Workspace, writing

#: Bytes that are read of what convert says of its model.
LARGEST = 1 << 16


@dataclass(frozen=True)
class Marks:
    """Options of a stage whose output says what it is."""

    mark: bool = option(
        True, "Mark what is written as synthetic: Content Credentials, and a comment."
    )
    certificate: str = option(
        "",
        "Certificate chain to sign with (PEM, the signer's own first); empty: a local one.",
        file=True,
    )
    private_key: str = option(
        "", "The certificate's private key (PEM).", affects="nothing", recorded=False
    )
    key_passphrase: str = option(
        "", "Passphrase of the private key.", affects="nothing", recorded=False, spoken=False
    )
    config: str = option(
        "",
        "Folder that the local certificate is kept in; empty: ~/.config/faceswap.",
        affects="nothing",
        recorded=False,
    )

    def signer(self) -> Signer | None:
        """Who signs; None where nothing is marked.

        Raises:
            BadOption: Where only one of certificate and key is given.
            BadCertificate: Where they cannot sign.
        """
        if not self.mark:
            return None
        if self.certificate or self.private_key:
            return own_signer(self.certificate, self.private_key, self.key_passphrase)
        return local_signer(self.config)

    def check_marks(self, work: Workspace) -> None:
        """Refuse a consent that has run out, and what cannot sign, before hours of work."""
        record = work.path("consent")
        if record.exists():
            consent.hold(consent.read(record, "target" in sides_of(work)))
        signer = self.signer()
        if signer:
            try_out(signer)

    def marker(self, work: Workspace, kind: str, model: ModelUsed | None = None) -> Marker:
        """What marks an output of a kind (`statement.KINDS`) that this stage makes.

        Args:
            work: The workspace.
            kind: Of the output.
            model: What drew it; without it, what convert says that drew the swapped faces.
        """
        statement = statement_of(work, kind, self._chosen())
        if model:
            statement = msgspec.structs.replace(statement, model=model)
        return Marker(statement, self.signer())

    def _chosen(self) -> dict[str, Any]:
        """The options that have to do with how the output looks."""
        names = [o.name for o in describe(type(self)) if o.affects == "result" and not o.file]
        return {name: to_builtins(getattr(self, name)) for name in names if name != "mark"}


class Marker:
    """Marks the files of one output, and writes its sidecar.

    Args:
        statement: What the output says.
        signer: Who says it; None: nobody, the files are left alone.
    """

    def __init__(self, statement: Statement, signer: Signer | None) -> None:
        """Only remembers."""
        self.statement = statement
        self.credentials = Credentials(statement, signer) if signer else None
        self._detached: dict[Path, bytes] = {}

    @property
    def consent(self) -> str:
        """What the output says of consent, in a word or two."""
        said = self.statement.consent
        return f"until {said.until}" if said.recorded else "no record"

    def sign(self, path: Path, kind: str, parents: Mapping[str, Path]) -> None:
        """Put credentials into a finished film, or into each picture of a folder.

        Args:
            path: The film's file, whatever its name, or the folder.
            kind: The film's container; not looked at for a folder.
            parents: What it was made from: of a film, under the empty name; of pictures, each
                under its name or its name without ending, or one for all of them.
        """
        if self.credentials is None:
            return
        if path.is_dir():
            for picture in sorted(path.iterdir()):
                parent = parents.get(picture.stem, parents.get(""))
                self.credentials.embed(picture, picture.suffix[1:], parent)
        elif kind in FORMATS:
            self.credentials.embed(path, kind, parents.get(""))
        else:
            self._detached[path] = self.credentials.detached(path, parents.get(""))

    def publish(self, partial: Path, final: Path) -> None:
        """Write what lies beside an output that has been renamed to its final name."""
        with writing(final):
            self._publish(partial, final)

    def _publish(self, partial: Path, final: Path) -> None:
        place = final.with_suffix("") if final.is_file() else final
        for old in place.parent.glob(f"{place.name}.*{DETACHED}"):
            durable.remove(old)
        for path, manifest in self._detached.items():
            # Of several films each has its credentials beside it, inside of the folder.
            film = final if path == partial else final / path.relative_to(partial)
            durable.write(film.with_name(film.name + DETACHED), manifest)
        how = "detached" if self._detached else "embedded" if self.credentials else "none"
        sidecar.write(sidecar.place(final), sidecar.describing(final, self.statement, how))


def sides_of(work: Workspace) -> list[str]:
    """The sides that a workspace is made of."""
    return [side for side in SIDES if not work.lacks(side)]


def statement_of(work: Workspace, kind: str, options: Mapping[str, Any]) -> Statement:
    """What an output of a workspace says of itself."""
    used = work.path("swapped") / MODEL
    sides = sides_of(work)
    return Statement(
        kind=kind,
        consent=consent.published(work.path("consent"), "target" in sides),
        inputs={side: digests.of_media(work.path(f"{side}/media")) for side in sides},
        model=_model(used) if used.exists() else None,
        options=dict(options),
        version=version(),
    )


def _model(path: Path) -> ModelUsed:
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(LARGEST), type=ModelUsed)
    except (msgspec.MsgspecError, UnicodeDecodeError, OSError) as error:
        raise Damaged(
            f"{path} does not say which model was used ({error}): convert again"
        ) from None


def try_out(signer: Signer) -> None:
    """Refuse a certificate that Content Credentials cannot be signed with, by signing a dot."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "dot.png"
        write_image(path, np.zeros((1, 1, 3), np.uint8))
        Credentials(Statement("synthesis", Published(False)), signer).embed(path, "png")

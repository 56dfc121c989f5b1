"""Errors a user can cause, each with the exit code its kind ends the program with."""


class FaceswapError(Exception):
    """Work that could not be done; the message says what was expected, found, and what to do."""

    exit_code = 3


class MissingArtefact(FaceswapError):
    """An input that an earlier stage has to make first."""


class BadOption(FaceswapError):
    """An option outside of what it allows, on the command line or in faceswap.toml."""

    exit_code = 2


class BadMedia(FaceswapError):
    """A video or an image that cannot be read or written; holds the library's own words."""


class NoFaces(FaceswapError):
    """Nothing to work on: says which frames, which detector and which option to try."""


class ModelMismatch(FaceswapError):
    """Saved weights and asked-for options that disagree."""


class Unsupported(FaceswapError):
    """Something this model or container cannot do."""


class Damaged(FaceswapError):
    """A file of the workspace that does not hold what it should."""


class Locked(FaceswapError):
    """Another process that works on this workspace."""


class NotGoodEnough(FaceswapError):
    """A result that is worse than what was asked for: says by which measure, and how much."""


class OutOfSpace(FaceswapError):
    """Too little room on the disk: says how much is needed and what is kept."""


class NoConsent(FaceswapError):
    """A record of consent that is none, or that has run out."""


class BadCertificate(FaceswapError):
    """A certificate or key that cannot sign: says why, and never what is in the key."""


class Unproven(FaceswapError):
    """A file that claims nothing of itself, or whose claims do not hold."""


class Diverged(FaceswapError):
    """Training came to numbers that are none, or back to where it began."""

    def __init__(self, told: str, advice: str) -> None:
        super().__init__(f"{told}: {advice}")
        self.told = told

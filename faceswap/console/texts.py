"""What the command line says that no option's field does."""

from __future__ import annotations

RUN = "Do the whole job, or what is left of it."
BENCH = "Time every stage on this machine, beside its floor and the plain way."
STOPPED = "stopped: what was done is kept; run the same command to go on"
SOURCE = "The face to put in: a video or a folder of images; may be repeated."
TARGET = "The film to put it into; may be repeated. Without one, faces can only be made up."
CONSENT = "Who consented, for which use, until when; see docs/consent.md."
CONFIG = "Folder of the local certificate; empty: ~/.config/faceswap."
COMPARED = "The picture to write."

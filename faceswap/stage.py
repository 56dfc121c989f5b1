"""What a stage is, and how it tells the person who waits what it does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from faceswap.options import describe

if TYPE_CHECKING:
    from faceswap.workspace import Workspace

#: What a stage says of its result: figures by name, kept in the manifest.
Summary = dict[str, int | float | str]


class Bar:
    """Progress of one long piece of work; this one shows nothing. A context manager."""

    def step(self, count: int = 1, **figures: float | str) -> None:
        """`count` more units are done; `figures` are shown beside the bar."""

    def __enter__(self) -> Bar:
        """The bar, shown."""
        return self

    def __exit__(self, *error: object) -> None:
        """The bar is taken away, whether the work was done or not."""


class Progress:
    """Where a stage's words go; this one swallows them."""

    def bar(self, what: str, total: int, done: int = 0, unit: str = "frame") -> Bar:
        """A bar for `total` units of work, of which `done` were done before."""
        return Bar()

    def note(self, text: str, record: Mapping[str, Any] | None = None) -> None:
        """A result worth a line on stdout; `record` is what programs get in place of the text."""

    def warn(self, text: str) -> None:
        """Something the person should know or do."""

    def detail(self, text: str) -> None:
        """For those who asked for more (`-v`)."""

    def picture(self, draw: Callable[[], Any]) -> None:
        """A picture, (h, w, 3) uint8 RGB, made only where it can be shown."""


silent = Progress()


class Stage(ABC):
    """One step of the job. A subclass is a frozen dataclass whose fields are its options.

    Artefacts are named as in `workspace.ARTEFACTS`; those of a side are written `frames` by a
    stage that runs once a side, and `source/frames` by one that runs once a workspace.
    """

    plugin: ClassVar[str] = "stage"
    #: Artefacts it cannot do without.
    reads: ClassVar[tuple[str, ...]]
    #: Artefacts it takes into account where they are there.
    uses: ClassVar[tuple[str, ...]] = ()
    #: What it makes. One that makes nothing corrects what others made, each time it is called for.
    writes: ClassVar[tuple[str, ...]]
    per_side: ClassVar[bool] = False
    #: A stale result is handed back as the partial one to go on from, and never thrown away.
    continues: ClassVar[bool] = False
    #: The sides it is done on where none is named.
    sides: ClassVar[tuple[str, ...]] = ("source", "target")
    #: Its artefacts can be made one without the others: those in `Workspace.kept` are left alone.
    separate: ClassVar[bool] = False
    #: A plain `run` leaves it out; it is done by its own command, or where `--until` names it.
    on_demand: ClassVar[bool] = False
    #: Raise it when the same options and inputs give another result than before.
    version: ClassVar[int] = 1

    def suited(self, work: Workspace) -> Self:
        """The same with what its options leave to what the workspace is made of; asked first."""
        return self

    def takes(self) -> tuple[str, ...]:
        """The artefacts that it cannot do without, with these options."""
        return self.reads

    def makes(self) -> tuple[str, ...]:
        """The artefacts that these options ask for."""
        return self.writes

    def validate(self) -> None:
        """Refuse options that do not go together; asked before any stage of a run begins."""
        return None

    def enough(self, options: Mapping[str, Any], summary: Summary) -> bool:
        """Whether a result made with these options of effort, and of this summary, will do."""
        effort = [o.name for o in describe(type(self)) if o.affects == "effort"]
        return all(getattr(self, name) == options.get(name) for name in effort)

    def check(self, work: Workspace) -> None:
        """Refuse what cannot work with these inputs before anything is touched."""
        return None

    def needs(self, work: Workspace) -> int:
        """About how many bytes it is going to write; asked, with its inputs there, before it runs.

        What is written beside, and has another size in every job, need not be counted.
        """
        return 0

    @classmethod
    def follows(cls, environ: Mapping[str, str]) -> bool:
        """Whether another process, with the same command, does the work and writes its result."""
        return False

    def follow(self, work: Workspace, progress: Progress = silent) -> None:
        """Help a process that makes the artefacts, and write nothing."""
        return None

    def accept(self, work: Workspace) -> None:
        """Refuse a finished result that is not what was asked for; asked when it is fresh too."""
        return None

    @abstractmethod
    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Make the artefacts; go on from `NAME.partial` where there is one."""

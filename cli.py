"""The command line, made from the stages. Only this file prints, reads the environment or exits."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from faceswap import plugins
from faceswap.console.terminal import Terminal, printable
from faceswap.console.texts import BENCH, COMPARED, CONFIG, CONSENT, RUN, SOURCE, STOPPED, TARGET
from faceswap.environment import FOR_LIBRARIES
from faceswap.errors import FaceswapError
from faceswap.stopping import stoppable

if TYPE_CHECKING:
    from faceswap.options import Option
    from faceswap.workspace import Workspace


class Commands(click.Group):
    """The program's own commands, and one for each file in stages/."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Own commands first, then the stages."""
        return [*self.commands, *_MADE, *plugins.names("stages")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command; a stage is imported only when it is the one called for."""
        if cmd_name in _MADE:
            return _MADE[cmd_name]()
        if cmd_name in plugins.names("stages"):
            return _stage_command(cmd_name)
        return self.commands.get(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, for which nothing is imported."""
        own = [(n, c.get_short_help_str(80)) for n, c in self.commands.items()]
        own += [("run", RUN), ("bench", BENCH)]
        stages = [(n, plugins.summary("stages", n)) for n in plugins.names("stages")]
        for title, rows in (("Commands", own), ("Stages", stages)):
            with formatter.section(title):
                formatter.write_dl(rows)


def _spoken(command: Callable[..., None]) -> Callable[..., None]:
    """The flags that say how much is said, on every command."""
    json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
    quiet = click.option("-q", "--quiet", is_flag=True, help="Warnings and errors only.")
    verbose = click.option("-v", "--verbose", is_flag=True, help="Say more; show tracebacks.")
    return verbose(quiet(json(command)))


PATH: Any = click.Path(path_type=Path)
WORK = click.argument("work", type=PATH)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="faceswap")
def cli() -> None:
    """Swap a face in a film: new → run, or stage by stage.

    extract → detect → align → warp → train → convert → merge
    """


@cli.command()
@WORK
@click.option("--source", multiple=True, required=True, type=PATH, help=SOURCE)
@click.option("--target", multiple=True, type=PATH, help=TARGET)
@click.option("--consent-file", type=PATH, help=CONSENT)
@click.option("--no-consent-record", is_flag=True, help="Keep no record; every output says so.")
@_spoken
def new(work: Path, source: tuple[Path, ...], target: tuple[Path, ...], **given: Any) -> None:
    """Make a workspace from videos or folders of images, and record who consented."""
    from faceswap.films.media import probe
    from faceswap.provenance import consent
    from faceswap.workspace import Workspace

    progress, flags = _split(given)
    Workspace.refuse(work, source, target)
    for path in [*source, *target]:
        probe(path)
    ask = partial(click.prompt, err=True) if sys.stdin.isatty() and sys.stderr.isatty() else None
    Workspace.create(work, source, target, consent.given(**flags, ask=ask, film=bool(target)))
    ready = f"{work} is ready: faceswap run {work}"
    progress.line(ready, {"workspace": str(work), "state": "new"})


def _run(work: Path, until_stage: str, from_stage: str, dry_run: bool, **given: Any) -> None:
    from faceswap import plan, report
    from faceswap.running import run_all

    progress, flags = _split(given)
    chosen = plan.between(from_stage, until_stage)
    with _opened(work, progress, write=not dry_run) as space:
        # All stages' options are looked at, so that a wrong one is told before hours of work.
        every = plan.jobs(space, plan.order(), flags, os.environ)
        jobs = plan.possible(space, [job for job in every if job.name in chosen], progress.warn)
        if dry_run:
            progress.lines(report.standing(space, jobs))
            return
        run_all(space, jobs, progress, force=[from_stage])


def _run_command() -> click.Command:
    from faceswap import plan

    options = [
        click.Option(["--until", "until_stage"], default="", help="Stop after this stage."),
        click.Option(["--from", "from_stage"], default="", help="Begin here, fresh or not."),
        click.Option(["--dry-run"], is_flag=True, help="Say what would be done."),
        *map(_flag, plan.flags()),
    ]
    return _command("run", WORK(_run), RUN, options)


def _stage_command(name: str) -> click.Command:
    from faceswap import plan
    from faceswap.options import spoken
    from faceswap.running import run_all

    stage = plugins.load("stages", name)

    def run(work: Path, force: bool = False, **given: Any) -> None:
        side = given.pop("side", None) if stage.per_side else None
        progress, flags = _split(given)
        with _opened(work, progress, write=not (follows := stage.follows(os.environ))) as space:
            jobs = plan.jobs(space, [name], flags, os.environ, side or "")
            run_all(space, jobs, progress, [name] if force else [], follows)

    again = click.Option(["--force"], is_flag=True, help="Run again even if nothing changed.")
    options = [*map(_flag, spoken(stage)), again]
    if stage.per_side:
        both = click.Choice(["source", "target"])
        options.append(click.Option(["--side"], type=both, help="One side only."))
    return _command(name, WORK(run), stage.__doc__ or "", options)


def _bench(**given: Any) -> None:
    from faceswap.bench import rows, run
    from faceswap.options import create

    progress, flags = _split(given)
    bench = create(run.Bench, flags)
    progress.line(*rows.told(bench.run([sys.executable, "-m", "cli"], progress)))


def _bench_command() -> click.Command:
    from faceswap.bench.run import Bench
    from faceswap.options import spoken

    return _command("bench", _bench, BENCH, list(map(_flag, spoken(Bench))))


#: The commands that are neither written out here nor a stage's.
_MADE = {"run": _run_command, "bench": _bench_command}


def _command(name: str, run: Any, help: str, options: Sequence[click.Parameter]) -> click.Command:
    command: click.Command = click.command(name, help=help)(_spoken(run))
    command.params[:0] = options
    return command


def _flag(option: Option) -> click.Option:
    flag = "--" + option.name.replace("_", "-")
    if option.kind is bool:
        return click.Option([f"{flag}/--no-{flag[2:]}"], default=None, help=option.told)
    many = option.kind not in (int, float, str)
    kind = str if many else option.kind
    return click.Option([flag], type=kind, default=None, multiple=many, help=option.told)


@cli.command()
@WORK
@_spoken
def status(work: Path, **said: bool) -> None:
    """What is fresh, stale, partial or missing."""
    from faceswap import plan, report

    progress, _ = _split(said)
    with _opened(work, progress, write=False) as space:
        jobs = plan.possible(space, plan.jobs(space, plan.standing(space), {}, os.environ))
        progress.lines(report.standing(space, jobs))


@cli.command()
@click.argument("name", required=False)
@_spoken
def models(name: str | None, **said: bool) -> None:
    """The models that `train --model` takes; one model's options."""
    from faceswap.console import listing

    _split(said)[0].lines(listing.model(name) if name else listing.models())


@cli.command()
@WORK
@click.argument("stage")
@_spoken
def options(work: Path, stage: str, **said: bool) -> None:
    """Each option of a stage: its value, and where that comes from."""
    from faceswap.console import listing

    progress, _ = _split(said)
    with _opened(work, progress, write=False) as space:
        progress.lines(listing.options(space, stage, os.environ))


@cli.command()
@WORK
@click.argument("other", type=PATH)
@click.option("--to", type=PATH, default="compare.png", show_default=True, help=COMPARED)
@_spoken
def compare(work: Path, other: Path, to: Path, **said: bool) -> None:
    """Two trainings side by side: what they draw of the same faces, and their curves."""
    from faceswap.training.comparison import compare

    progress, _ = _split(said)
    progress.line(*compare(work, other, to))


@cli.command()
@click.argument("file", type=PATH)
@click.option("--workspace", type=PATH, help="Compare its media as well.")
@click.option("--trust", type=PATH, help="Certificates (PEM) that you trust.")
@click.option("--config", envvar="FACESWAP_MERGE_CONFIG", help=CONFIG)
@_spoken
def verify(file: Path, **given: Any) -> None:
    """What a film or picture claims of itself, and whether it holds."""
    from faceswap.provenance import verdict
    from faceswap.provenance.verify import verify

    progress, flags = _split(given)
    found = verify(file, **flags)
    progress.line(*verdict.told(found))
    verdict.accept(found)


def _split(given: dict[str, Any]) -> tuple[Terminal, dict[str, Any]]:
    how = {name: given.pop(name) for name in ("as_json", "quiet", "verbose")}
    seen = sys.stderr.isatty()
    told = Terminal(click.echo, partial(click.echo, err=True), seen, environ=os.environ, **how)
    return told, {n: v for n, v in given.items() if v not in (None, ())}


def _opened(
    work: Path, progress: Terminal, write: bool = True
) -> AbstractContextManager[Workspace]:
    from faceswap.console.opening import opened

    return opened(work, click.get_current_context().info_name or "", progress, write)


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code."""
    for name, value in FOR_LIBRARIES.items():
        os.environ.setdefault(name, value)
    words = list(sys.argv[1:] if args is None else args)
    try:
        with stoppable(STOPPED, os._exit, 130):
            cli.main(words, prog_name="faceswap", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        _explain([], STOPPED)
        return 130
    except FaceswapError as error:
        _explain(words, f"error: {error}")
        return error.exit_code
    except Exception as error:
        _explain(words, f"error: a bug in faceswap: {type(error).__name__}: {error} (-v says more)")
        return 1
    return 0


def _explain(words: Sequence[str], text: str) -> None:
    with suppress(OSError):  # the terminal may be gone
        if {"-v", "--verbose"} & set(words):
            traceback.print_exc()
        click.echo(printable(text), err=True)


if __name__ == "__main__":
    sys.exit(main())

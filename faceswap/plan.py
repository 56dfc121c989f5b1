"""From the files in stages/ and what a person asked for to the jobs to be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from faceswap import plugins, settings
from faceswap.errors import BadOption, MissingArtefact
from faceswap.job import Job, in_order
from faceswap.options import Option, create, describe, spoken
from faceswap.settings import Setting
from faceswap.workspace import SIDES, Workspace


def order() -> list[str]:
    """The names of all stages that make something, each after those whose artefacts it reads."""
    stages = {name: plugins.load("stages", name) for name in plugins.names("stages")}
    return in_order({name: stage for name, stage in stages.items() if stage.writes})


def corrections() -> list[str]:
    """The names of the stages that only correct what others made."""
    return [n for n in plugins.names("stages") if not plugins.load("stages", n).writes]


def between(first: str, last: str) -> list[str]:
    """The stages from `first` to `last`, in order; empty means from the beginning, to the end.

    A stage that is done on demand is among them only if it is one of the two.

    Raises:
        BadOption: If one of the two is no stage, or the last comes before the first.
    """
    names = order()
    for name in filter(None, (first, last)):
        if name not in names:
            raise BadOption(f"no stage `{name}`: there are {', '.join(names)}")
    begin = names.index(first) if first else 0
    end = names.index(last) + 1 if last else len(names)
    if begin >= end:
        raise BadOption(f"`{last}` comes before `{first}`: the order is {', '.join(names)}")
    return [n for n in names[begin:end] if n in (first, last) or not _on_demand(n)]


def standing(work: Workspace) -> list[str]:
    """The stages, in order, that a workspace needs, and those done on demand that it has."""
    return [n for n in order() if not _on_demand(n) or _left_something(work, n)]


def _on_demand(name: str) -> bool:
    return bool(plugins.load("stages", name).on_demand)


def _left_something(work: Workspace, name: str) -> bool:
    made = plugins.load("stages", name).writes
    return any(work.exists(one) or work.partial(one).exists() for one in made)


def flags() -> list[Option]:
    """The options of all stages, each once: of one name they have one meaning."""
    found = [o for n in order() for o in spoken(plugins.load("stages", n))]
    return list({option.name: option for option in found}.values())


def sides_of(name: str, side: str = "") -> Sequence[str]:
    """The sides that a stage runs on: the one asked for, its own, or the whole workspace."""
    stage = plugins.load("stages", name)
    if not stage.per_side:
        return ("",)
    return (side,) if side else tuple(stage.sides)


def settings_of(
    work: Workspace, name: str, side: str, flags: Mapping[str, Any], environ: Mapping[str, str]
) -> dict[str, Setting]:
    """The value and the origin of each option of a stage."""
    path = work.root / "faceswap.toml"
    tables = settings.read(path, plugins.names("stages"))
    stage = plugins.load("stages", name)
    for table in (f"{one}.{name}" for one in SIDES if not stage.per_side):
        if table in tables:
            raise BadOption(f"{path}: [{table}]: {name} knows no sides, write [{name}]")
    return settings.resolve(stage, name, side, flags, environ, tables)


def jobs(
    work: Workspace,
    names: Sequence[str],
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    side: str = "",
) -> list[Job]:
    """The jobs of these stages in order, each with its options.

    A flag is for all stages that know its name.

    Raises:
        BadOption: For a value that an option does not allow.
        Unsupported: For options that do not go together.
    """
    found = []
    for name in names:
        stage = plugins.load("stages", name)
        own = {o.name: flags[o.name] for o in describe(stage) if o.name in flags}
        _refuse_other_side(stage, own, side)
        for where in sides_of(name, side):
            if not side and where and work.lacks(where):
                continue
            chosen = settings_of(work, name, where, own, environ)
            values = {option: setting.value for option, setting in chosen.items()}
            job = Job(name, create(stage, values).suited(work), where)
            job.stage.validate()
            found.append(job)
    return found


def _refuse_other_side(stage: type[Any], own: Mapping[str, Any], side: str) -> None:
    for option in describe(stage):
        if side and option.name in own and option.side not in ("", side):
            raise BadOption(f"--{option.name.replace('_', '-')} is for the {option.side} alone")


def possible(
    work: Workspace, todo: Sequence[Job], tell: Callable[[str], None] | None = None
) -> list[Job]:
    """The jobs without those that need a side which the workspace is made without."""
    lacking = [side for side in SIDES if work.lacks(side)]
    cannot = [j for j in todo if any(n.partition("/")[0] in lacking for n in j.inputs)]
    later = {made for job in cannot for made in job.outputs}
    cannot += [j for j in todo if j not in cannot and later & set(j.inputs)]
    if cannot and tell:
        names = ", ".join(dict.fromkeys(job.name for job in cannot))
        tell(f"there is no {lacking[0]}: left out are {names}; models of faces learn without one")
    return [job for job in todo if job not in cannot]


def check(work: Workspace, todo: Sequence[Job]) -> None:
    """Ask each stage to refuse now what it would refuse after hours of the stages before it."""
    for job in todo:
        try:
            job.stage.check(work.on(job.side))
        except MissingArtefact:
            # What it would look at is yet to be made.
            continue

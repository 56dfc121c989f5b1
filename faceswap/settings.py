"""The value of every option of a stage, and who set it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from faceswap.errors import BadOption
from faceswap.options import check, describe
from faceswap.storage.untrusted import load_toml
from faceswap.workspace import SIDES

Table = Mapping[str, Any]

#: The tables [shot.3] stand for texts of the option of this name, as in `3:feather=0.2`.
SHOT = "shot"


class Setting(NamedTuple):
    """A value and where it comes from: a flag, an environment name, a table, or the default."""

    value: Any
    origin: str


def read(path: Path, stages: list[str]) -> dict[str, Any]:
    """The tables of faceswap.toml; empty if there is no such file.

    Those of single shots are given as `SHOT`, in texts.

    Raises:
        BadOption: If it is no TOML, or has a table that is no stage.
    """
    if not path.exists():
        return {}
    tables = load_toml(path)
    sided = {f"{s}.{n}": t for s in SIDES for n, t in _table(path, s, tables.get(s, {})).items()}
    plain = {name: table for name, table in tables.items() if name not in (*SIDES, SHOT)}
    for name, table in {**plain, **sided}.items():
        if name.rpartition(".")[2] not in stages:
            raise BadOption(f"{path}: no stage `{name}`: there are {', '.join(stages)}")
        _table(path, name, table)
    shots = {SHOT: _shots(path, tables[SHOT])} if SHOT in tables else {}
    return {**plain, **sided, **shots}


def resolve(
    owner: type, name: str, side: str, flags: Table, environ: Mapping[str, str], tables: Table
) -> dict[str, Setting]:
    """Each option of a stage: flag > environment > [side.stage] > [stage] > default.

    Args:
        owner: The stage's class.
        name: Its name.
        side: `source`, `target` or empty.
        flags: What was given on the command line.
        environ: Read for `FACESWAP_STAGE_OPTION`.
        tables: What `read` gave.

    Raises:
        BadOption: For a value outside what its option allows, an unknown key of a table, or an
            option of the other side in a side's table or on its command line.
    """
    layers = [(f"[{t}]", tables.get(t, {})) for t in (f"{side}.{name}", name) if t in tables]
    known = {o.name: o for o in describe(owner)}
    for where, table in layers:
        for key in table:
            if key not in known:
                raise BadOption(f"{where} {key}: no such option; known are {', '.join(known)}")
            if where.startswith(f"[{side}.") and known[key].side not in ("", side):
                raise BadOption(f"{where} {key}: that is for the {known[key].side} alone")
            if not known[key].spoken:
                raise BadOption(f"{where} {key}: others could read it; set {_variable(name, key)}")
    found = {}
    for option in known.values():
        if side and option.side not in ("", side):
            found[option.name] = Setting(option.default, "default")
            continue
        variable = _variable(name, option.name)
        sources = [
            (f"--{option.name.replace('_', '-')}", flags.get(option.name)),
            (variable, environ.get(variable)),
            *((where, table.get(option.name)) for where, table in layers),
            ("[shot]", tables.get(SHOT) if option.name == SHOT else None),
        ]
        given = next(((w, v) for w, v in sources if v is not None), None)
        if given is None:
            found[option.name] = Setting(option.default, "default")
        else:
            found[option.name] = Setting(check(option, given[1], f"{given[0]}: "), given[0])
    return found


def _variable(stage: str, option: str) -> str:
    return f"FACESWAP_{stage}_{option}".upper()


def _shots(path: Path, tables: Any) -> tuple[str, ...]:
    """The tables [shot.N] as texts: `N:option=value`."""
    return tuple(
        f"{number}:{name}={value}"
        for number, table in _table(path, SHOT, tables).items()
        for name, value in _table(path, f"{SHOT}.{number}", table).items()
    )


def _table(path: Path, name: str, table: Any) -> Table:
    if not isinstance(table, dict):
        raise BadOption(f"{path}: `{name}` must be a table, [{name}], not a value")
    return table

"""An option, declared once: a dataclass field that carries its help, limits and choices."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from faceswap.errors import BadOption
from faceswap.storage import limits

T = TypeVar("T")
N = TypeVar("N", int, float)

#: What a change of an option asks for. "result": the stage runs again from the beginning.
#: "effort": it goes on from where it was (more iterations). "nothing": the result is the same.
AFFECTS = ("result", "effort", "nothing")


@dataclass(frozen=True)
class Option:
    """What is known of one option: everything the command line, TOML and the docs need."""

    name: str
    kind: type
    default: Any
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str | int, ...] | None = None
    affects: str = "result"
    file: bool = False
    side: str = ""
    recorded: bool = True
    spoken: bool = True

    @property
    def limits(self) -> str:
        """The values allowed, in words: ``one of a, b``, ``1 to 8``, ``at least 1`` or empty."""
        if self.choices:
            return "one of " + ", ".join(map(str, self.choices))
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"at least {self.low:g}"
        return "" if self.high is None else f"at most {self.high:g}"

    @property
    def told(self) -> str:
        """Its help, with limits and default."""
        limits = f" ({self.limits})" if self.limits else ""
        default = ",".join(self.default) if isinstance(self.default, tuple) else self.default
        note = "" if default == "" else f" [default: {default}]"
        return self.help + limits + note


def option(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str | int, ...] | None = None,
    affects: str = "result",
    file: bool = False,
    side: str = "",
    recorded: bool = True,
    spoken: bool = True,
) -> Any:
    """Field of a frozen dataclass that is an option of a stage or a model.

    Args:
        default: Value where nobody says otherwise.
        help: One sentence for people, with the unit.
        low: Smallest number allowed.
        high: Largest number allowed.
        choices: The only values allowed.
        affects: One of `AFFECTS`.
        file: The value may name a file, and its content counts as the value does.
        side: The one side it is for; on the other it has its default.
        recorded: False for what no manifest and no list of options may tell: secrets.
        spoken: False for what neither a command line nor faceswap.toml may hold, where others
            could read it: only its environment name sets it.

    Example:
        >>> @dataclass(frozen=True)
        ... class Extract:
        ...     every: int = option(1, "Keep one frame in this many.", low=1)
        >>> [o.name for o in describe(Extract)]
        ['every']
    """
    said = {"help": help, "low": low, "high": high, "choices": choices, "affects": affects}
    said |= {"file": file, "side": side, "recorded": recorded, "spoken": spoken}
    return dataclasses.field(default=default, metadata=said, repr=recorded)


def describe(owner: type) -> Iterator[Option]:
    """The options of a stage or model class, in the order of their fields."""
    hints = get_type_hints(owner)
    for field in dataclasses.fields(owner):
        if "help" in field.metadata:
            yield Option(field.name, hints[field.name], field.default, **field.metadata)


def spoken(owner: type) -> Iterator[Option]:
    """Those of its options that a command line may set."""
    return (option for option in describe(owner) if option.spoken)


def create(owner: type[T], values: Mapping[str, Any], where: str = "") -> T:
    """An instance of `owner` with `values` over its defaults, each checked.

    Raises:
        BadOption: For an unknown name, a wrong type, or a value outside its limits.
    """
    known = {o.name: o for o in describe(owner)}
    for name in values:
        if name not in known:
            raise BadOption(f"{where}no option `{name}`: known are {', '.join(sorted(known))}")
    return owner(**{name: check(known[name], value, where) for name, value in values.items()})


def check(option: Option, value: Any, where: str = "") -> Any:
    """The value as the option's type, text parsed; raises `BadOption` outside what it allows."""
    try:
        value = _typed(option.kind, value)
    except (TypeError, ValueError, OverflowError):
        name = getattr(option.kind, "__name__", str(option.kind))
        raise BadOption(f"{where}{option.name} takes {name}, not {_quoted(value)}") from None
    low = option.low is not None and value < option.low
    high = option.high is not None and value > option.high
    if low or high or (option.choices and value not in option.choices):
        raise BadOption(f"{where}{option.name} is {option.limits}, not {_quoted(value)}")
    return value


def named_values(name: str, texts: tuple[str, ...]) -> dict[str, str]:
    """What an option that takes NAME=VALUE was given; raises `BadOption` for another form."""
    parts = [part for text in texts for part in text.split(",")]
    pairs = [part.partition("=") for part in parts]
    for part, (_, equals, _) in zip(parts, pairs, strict=True):
        if not equals:
            raise BadOption(f"{name} takes NAME=VALUE, not {part!r}")
    return {key.strip(): value.strip() for key, _, value in pairs}


def _quoted(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= limits.QUOTED else text[: limits.QUOTED] + "..."


def _typed(kind: Any, value: Any) -> Any:
    if kind is bool:
        return _switch(value)
    if kind is int and isinstance(value, str | int) and not isinstance(value, bool):
        return _bounded(int(value))
    if kind is float and isinstance(value, str | int | float) and not isinstance(value, bool):
        return _bounded(float(value))
    if kind is str and isinstance(value, str):
        return value
    if kind == tuple[str, ...]:
        return tuple(value.split(",")) if isinstance(value, str) else tuple(map(str, value))
    raise TypeError(kind)


def _bounded(value: N) -> N:
    # Infinity and what is no number are between no limits, and JSON knows neither.
    if not abs(value) <= limits.NUMBER:
        raise ValueError(value)
    return value


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False}
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise ValueError(value)

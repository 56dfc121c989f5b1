"""Documents: HTML files that need nothing else, and the parts that reports are made of."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from faceswap.evaluation.metric import Metric

#: The file in a report's folder.
PAGE = "index.html"
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f45; --poor: #b3261e; --soft: #8881; }
@media (prefers-color-scheme: dark) { :root { --good: #5fd38d; --poor: #ff8a80; } }
* { box-sizing: border-box; }
body { font: 16px/1.45 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
.note { border-left: .3rem solid var(--poor); background: var(--soft); padding: .5rem .8rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.good { color: var(--good); } .poor { color: var(--poor); } b { white-space: nowrap; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
.plots svg, video, img { max-width: 100%; height: auto; } svg { width: 100%; }
svg text { fill: currentColor; }
.sights { display: flex; flex-wrap: wrap; gap: .8rem; } figure { margin: 0; }
.sights figure { max-width: 30rem; }
figcaption { font-size: .8rem; opacity: .8; } summary { cursor: pointer; }
dt { font-weight: 600; margin-top: .5rem; } dd { margin: 0; }
"""


def document(title: str, parts: Iterable[str]) -> str:
    """The file of a title and what comes below it, as HTML."""
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
    )
    return "\n".join([head, f"<h1>{escape(title)}</h1>", *parts, "</body></html>\n"])


def listed(lines: Sequence[str]) -> Iterable[str]:
    """A sentence a line."""
    return ["<ul>", *(f"<li>{escape(line)}</li>" for line in lines), "</ul>"]


def picture(jpeg: bytes, alt: str, said: str) -> str:
    """A JPEG file with what is said of it below."""
    source = data("image/jpeg", jpeg)
    return (
        f'<figure><img loading="lazy" alt="{escape(alt)}" src="{source}">'
        f"<figcaption>{escape(said)}</figcaption></figure>"
    )


def plotted(plots: Sequence[str]) -> Iterable[str]:
    """`<svg>` elements beside each other."""
    yield f'<div class="plots">{"".join(f"<div>{svg}</div>" for svg in plots)}</div>'


def explained(metrics: Sequence[Metric]) -> Iterable[str]:
    """How each figure is measured."""
    yield "<h2>How each figure is measured</h2><details><summary>Definitions</summary><dl>"
    for metric in metrics:
        yield f"<dt>{escape(metric.title)} ({metric.name})</dt><dd>{escape(metric.help)}</dd>"
    yield "</dl></details>"


def told(settings: Mapping[str, Mapping[str, object]]) -> Iterable[str]:
    """Options of each stage by their names."""
    if not settings:
        return
    yield "<h2>Settings</h2><details><summary>What every stage was told</summary>"
    for stage, options in settings.items():
        said = ", ".join(f"{name} = {value}" for name, value in options.items()) or "no options"
        yield f"<h3>{escape(stage)}</h3><p>{escape(said)}</p>"
    yield "</details>"


def data(kind: str, content: bytes) -> str:
    """The address of content that lies in the file itself; `kind` as in `image/jpeg`."""
    return f"data:{kind};base64,{b64encode(content).decode()}"

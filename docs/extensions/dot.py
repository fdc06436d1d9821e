"""Graphviz' language, as much as the pictures need."""

import html
from collections.abc import Iterable, Sequence

_HEAD = """\
digraph {
  bgcolor="transparent"
  rankdir=%s
  nodesep=0.3
  ranksep=0.6
  node [fontname="sans-serif" fontsize=11 shape=box style="rounded,filled" fillcolor="#f4f7fb"
        color="#5b7ea8" fontcolor="#1c2733" margin="0.12,0.07"]
  edge [fontname="sans-serif" fontsize=9 color="#5b7ea8" fontcolor="#5b6b7c" arrowsize=0.7]
"""


def graph(lines: Iterable[str], *, direction: str = "LR") -> str:
    """Return a whole graph."""
    body = "".join(f"  {line}\n" for line in lines)
    return f"{_HEAD % direction}{body}}}\n"


def node(name: str, *lines: str, shape: str = "", fill: str = "") -> str:
    """Return a node: its name, to be referred to, and what is written in it, the title first."""
    title, *others = lines or (name,)
    text = f"<b>{html.escape(title)}</b>"
    text += "".join(f'<br align="left"/>{html.escape(line)}' for line in others)
    text += '<br align="left"/>' if others else ""
    given = [f"label=<{text}>"]
    given += [f"shape={shape}"] if shape else []
    given += [f'fillcolor="{fill}"'] if fill else []
    return f"{_quoted(name)} [{' '.join(given)}]"


def edge(source: str, target: str, label: str = "", *, directed: bool = True) -> str:
    """Return an edge between two nodes."""
    given = [f"label={_quoted(label)}"] if label else []
    given += [] if directed else ["dir=none"]
    return f"{_quoted(source)} -> {_quoted(target)} [{' '.join(given)}]"


def cluster(title: str, lines: Sequence[str]) -> list[str]:
    """Return nodes and edges with a frame around them."""
    return [
        f"subgraph {_quoted(f'cluster {title}')} {{",
        f'  label={_quoted(title)} fontname="sans-serif" fontsize=11 fontcolor="#5b6b7c"',
        '  style="rounded,dashed" color="#9fb2c8"',
        *(f"  {line}" for line in lines),
        "}",
    ]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'

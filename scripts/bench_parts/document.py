"""docs/benchmarks.md: what stands between its marks is made of the results."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Callable

from bench_parts import graphs, tables
from bench_parts.extras import EXTRAS
from bench_parts.results import Results

# A mark, and what stands there until the next one. The name of a graph may stand there too.
BLOCK = re.compile(r"(<!-- bench:([\w-]+) -->\n).*?(<!-- /bench -->)", re.DOTALL)


def paragraphs(*texts: str) -> str:
    """Those that there are."""
    return "\n\n".join(text for text in texts if text)


def row(group: str, name: str, figures: list[tables.Figure]) -> Callable[[Results], str]:
    """The table of one row beside the yardstick."""

    def body(results: Results) -> str:
        played = results.row(group, name)
        if played is None:
            return ""
        return paragraphs(tables.caption(played), tables.compared(played, figures))

    return body


def stores(group: str, name: str, figures: list[tables.Figure]) -> Callable[[Results], str]:
    """The table of one row on both stores."""

    def body(results: Results) -> str:
        played = results.row(group, name)
        return paragraphs(tables.caption(played), tables.by_store(played, figures)) if played else ""

    return body


def grown(group: str, unit: str, figures: list[tables.Figure]) -> Callable[[Results], str]:
    """The table over the sizes."""

    def body(results: Results) -> str:
        rows = results.rows(group, "growth")
        return paragraphs(tables.growth(rows, unit, figures), tables.troubles(rows)) if rows else ""

    return body


def many(results: Results) -> str:
    """As many as one process may have sockets, on doorbell alone."""
    played = results.row("idle", "many")
    if played is None:
        return ""
    figures = [[each.label, tables.words.or_dash(each.of(played, "doorbell"), each.show)] for each in tables.MANY]
    held = tables.words.or_dash(played.at("doorbell", "held_s"), lambda seconds: f"{seconds:.0f} s")
    return paragraphs(tables.caption(played, f"They stayed for {held}."), tables.table(["", "doorbell"], figures))


def curve(results: Results) -> str:
    """More and more who write."""
    rows = results.rows("messages", "curve")
    return paragraphs(tables.curve(rows), tables.troubles(rows)) if rows else ""


EACH_SHORT = tables.Figure("memory of each", "bytes_each", tables.words.size)
LAST_SHORT = tables.Figure("last one has heard", tables.LAST.take, tables.LAST.show)
DELIVERY_SHORT = tables.Figure("CPU of a delivery", tables.DELIVERY.take, tables.DELIVERY.show)
BACK_SHORT = tables.Figure("all are back", tables.ALL_BACK.take, tables.ALL_BACK.show)
STORM_CPU_SHORT = tables.Figure("CPU for each", "cpu_us_each", tables.words.micros)
CONNECT_SHORT = tables.Figure("connect p99", "connect.p99_ms", tables.words.millis)

BODIES: dict[str, Callable[[Results], str]] = {
    "short": lambda results: tables.short(results) if results.lines else "",
    "conditions": lambda results: tables.conditions(results) if results.lines else "",
    "idle": row("idle", "main", tables.IDLE),
    "idle-many": many,
    "idle-growth": grown("idle", "visitors", [EACH_SHORT, CONNECT_SHORT]),
    "flip": row("flip", "main", tables.FLIP),
    "flip-back-to-back": row("flip", "main", tables.BACK_TO_BACK),
    "flip-growth": grown("flip", "watchers", [LAST_SHORT, DELIVERY_SHORT]),
    "storm": row("storm", "many", tables.STORM),
    "storm-one": row("storm", "one", tables.STORM),
    "storm-growth": grown("storm", "visitors", [BACK_SHORT, STORM_CPU_SHORT]),
    "messages": stores("messages", "rate", tables.MESSAGES),
    "messages-curve": curve,
    "talk": row("messages", "talk", tables.TALK),
    "unequal": lambda results: tables.unequal(results) if results.row("unequal", "one") else "",
    "unequal-flip": row("unequal", "flip", [replace(figure, goals=()) for figure in tables.FLIP]),
}


def written(source: Path, target: Path, results: Results) -> list[str]:
    """Writes the document and its graphs; says what it could not make, or what has no place in the document."""
    bodies = {name: make(results) for name, make in BODIES.items()}
    bodies.update({extra.name: extra.table(results.told(extra.name)) for extra in EXTRAS})
    folder = target.parent / "benchmarks"
    for name, (title, svg) in graphs.made(results).items():
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.svg").write_text(svg)
        bodies[f"graph-{name}"] = f"![{title}](benchmarks/{name}.svg)"
    text, placed = source.read_text(), set()

    def fill(found: re.Match[str]) -> str:
        begin, name, end = found.groups()
        placed.add(name)
        body = bodies.get(name)
        return f"{begin}{body}\n{end}" if body else found[0]

    target.write_text(BLOCK.sub(fill, text))
    notes = [f"{source.name} has no mark for {name}" for name, body in bodies.items() if body and name not in placed]
    known = {*bodies, *(f"graph-{name}" for name in graphs.GRAPHS)}
    return notes + [f"{source.name} has a mark for {name}, which there is not" for name in sorted(placed - known)]

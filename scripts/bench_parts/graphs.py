"""The graphs of docs/benchmarks/: which figures over which sizes."""

from __future__ import annotations

from typing import Callable

from bench_parts import tables, words
from bench_parts.results import Played, Results
from bench_parts.svg import Graph, Line, drawn

# How many figures make a line.
POINTS_MIN = 2


def line(name: str, colour: int, rows: list[Played], take: Callable[[Played], float | None], dashed: bool = False) -> Line:
    """The figures of one server over the sizes. What is nothing has no place on a logarithmic axis."""
    points = [(float(row.size), value) for row in rows if (value := take(row)) is not None and value > 0]
    return Line(name, colour, points, dashed)


def both(rows: list[Played], figure: tables.Figure) -> list[Line]:
    """Doorbell and the yardstick."""
    mine = line("doorbell", 0, rows, lambda row: figure.of(row, "doorbell"))
    return [mine, line("yardstick", 1, rows, lambda row: figure.of(row, "yardstick"))]


def megabytes(value: float) -> str:
    """From bytes."""
    return f"{value / 1e6:.3g} MB"


def time(value: float) -> str:
    """From milliseconds, short: 0.5 ms, 20 ms, 1.8 s."""
    return f"{value / 1_000:.3g} s" if value >= 1_000 else f"{value:.3g} ms"


def memory(results: Results) -> Graph:
    """What all visitors take together."""
    lines = both(results.rows("idle", "growth"), tables.Figure("", tables.grown, words.size))
    return Graph("Memory of visitors who only watch", "what the server has grown by", "visitors", megabytes, lines)


def flip(results: Results) -> Graph:
    """The last one who hears."""
    lines = both(results.rows("flip", "growth"), tables.LAST)
    return Graph("A flip of the chat box", "until the last visitor has heard (p50)", "visitors who watch", time, lines)


def storm(results: Results) -> Graph:
    """The last one who is back."""
    lines = both(results.rows("storm", "growth"), tables.ALL_BACK)
    title, y_name = "All come back at once", "until the last one is welcome again (median)"
    return Graph(title, y_name, "visitors who were cut off", time, lines)


STORES = (("SQLite", "doorbell", 0), ("Redis", "redis", 2))


def throughput(results: Results) -> Graph:
    """Messages a second, in a closed loop."""
    rows = results.rows("messages", "curve")
    lines = [line(name, colour, rows, lambda row, of=of: tables.ACKS.of(row, of)) for name, of, colour in STORES]
    title, y_name = "Messages a second", "acknowledged in a second, each after its commit"
    return Graph(title, y_name, "visitors who write as fast as they are acknowledged", words.rate, lines, goal=20_000)


def latency(results: Results) -> Graph:
    """How long each message waits meanwhile."""
    rows = results.rows("messages", "curve")
    lines = [
        line(f"{name} {share}", colour, rows, lambda row, of=of, share=share: row.at(of, f"ack.{share}_ms"), share == "p99")
        for name, of, colour in STORES
        for share in ("p50", "p99")
    ]
    title, y_name = "How long a message waits", "from the visitor's frame to its acknowledgement"
    return Graph(title, y_name, "visitors who write as fast as they are acknowledged", time, lines)


GRAPHS: dict[str, Callable[[Results], Graph]] = {
    "memory": memory,
    "flip": flip,
    "storm": storm,
    "throughput": throughput,
    "latency": latency,
}


def made(results: Results) -> dict[str, tuple[str, str]]:
    """Each graph that there are figures for: its title, and the SVG."""
    graphs = {}
    for name, make in GRAPHS.items():
        graph = make(results)
        lines = [each for each in graph.lines if len(each.points) >= POINTS_MIN]
        if lines:
            graph = Graph(graph.title, graph.y_name, graph.x_name, graph.show, lines, graph.goal)
            graphs[name] = (graph.title, drawn(graph))
    return graphs

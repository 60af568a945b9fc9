"""Line graphs with logarithmic axes, as SVG by hand: light and dark, each line named where it ends."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Tuple

from bench_parts import words

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 76, 176, 84, 56
# Names of lines are at least so far apart, and so are the numbers below the axis.
NAME_GAP, TICK_GAP = 18, 8
# How wide a letter of the axes is, about.
LETTER = 6.7
# A name that has so much room around it has enough.
ROOM_ENOUGH = 14.0
# The axes go on a little behind the first and last figure.
MARGIN = 0.035

# A place in the picture, or a figure over a size.
Place = Tuple[float, float]

STYLE = """\
svg { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, Inter, Helvetica, Arial, sans-serif;
  --ground: #ffffff; --frame: #d9dee6; --grid: #e8ebf0; --axis: #868f9e; --text: #1b2230; --muted: #586173;
  --c0: #2c57d0; --c1: #6a7282; --c2: #b3541e; --goal: #17784a; }
@media (prefers-color-scheme: dark) { svg {
  --ground: #1a1f28; --frame: #323b49; --grid: #262e3a; --axis: #6d7789; --text: #e7eaf0; --muted: #a5afbf;
  --c0: #93b2ff; --c1: #a5afbf; --c2: #f0a570; --goal: #4fc78d; } }
.ground { fill: var(--ground); stroke: var(--frame); }
.grid { stroke: var(--grid); } .axis { stroke: var(--axis); }
.title { font-size: 16px; font-weight: 600; fill: var(--text); }
.halo { stroke: var(--ground); stroke-width: 4; stroke-linejoin: round; paint-order: stroke; }
.muted { fill: var(--muted); } .name { font-weight: 600; }
.linear { stroke: var(--axis); stroke-width: 1; stroke-dasharray: 2 4; fill: none; }
.goal { stroke: var(--goal); stroke-width: 1; stroke-dasharray: 6 4; } .goal-name { fill: var(--goal); }
.line { fill: none; stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round; }
.dashed { stroke-dasharray: 1 5; }
.dot { stroke: var(--ground); stroke-width: 1.5; }
""" + "".join(f".s{n} {{ stroke: var(--c{n}); }} .f{n} {{ fill: var(--c{n}); }}\n" for n in range(3))


@dataclass(frozen=True)
class Line:
    """A line: its name, its colour (0 to 2), and its points, from left to right."""

    name: str
    colour: int
    points: list[Place]
    dashed: bool = False


@dataclass(frozen=True)
class Graph:
    """What is drawn: both axes are logarithmic."""

    title: str
    # What the y axis shows, with its unit, and what the x axis shows.
    y_name: str
    x_name: str
    show: words.Show
    lines: list[Line]
    # A bound that should be reached, if there is one.
    goal: float | None = None


class Scale:
    """From figures to places."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high = math.log10(low), math.log10(high)
        self.start, self.end = start, end

    def at(self, value: float) -> float:
        """Where it is."""
        share = (math.log10(value) - self.low) / ((self.high - self.low) or 1)
        return self.start + share * (self.end - self.start)


def drawn(graph: Graph) -> str:
    """The SVG."""
    points = [point for line in graph.lines for point in line.points]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    stretch = (max(xs) / min(xs)) ** MARGIN or 1
    x = Scale(min(xs) / stretch, max(xs) * stretch, LEFT, WIDTH - RIGHT)
    low, high = round_down(min(ys)), round_up(max([*ys, graph.goal or 0]))
    y = Scale(low, high, HEIGHT - BOTTOM, TOP)
    parts = [
        *frame(graph),
        *y_axis(low, high, y, graph.show),
        *x_axis(sorted(set(xs)), x),
    ]
    places = [[(x.at(a), y.at(b)) for a, b in line.points] for line in graph.lines]
    if graph.goal is not None:
        places.append([(LEFT, y.at(graph.goal)), (WIDTH - RIGHT, y.at(graph.goal))])
    parts += linear(graph.lines[0].points[0], places, x, y)
    names: list[tuple[float, str, str]] = []
    if graph.goal is not None:
        at = y.at(graph.goal)
        parts.append(f'<line class="goal" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(text(LEFT + 8, at - 7 if at > TOP + NAME_GAP else at + 17, f"goal: {graph.show(graph.goal)}", "goal-name"))
    for line in reversed(graph.lines):
        parts += drawn_line(line, x, y)
        value = line.points[-1][1]
        name = f'<tspan class="name f{line.colour}">{escape(line.name)}</tspan>'
        names.append((y.at(value), name, graph.show(value)))
    for at, name, value in apart(names):
        behind = f'<tspan class="muted" dx="6">{value}</tspan>'
        parts.append(f'<text x="{WIDTH - RIGHT + 12}" y="{at + 4.5:.1f}">{name}{behind}</text>')
    return "\n".join([*parts, "</svg>", ""])


def frame(graph: Graph) -> list[str]:
    """The ground, and what it is about."""
    ends = [(line.name, line.points[0][1], line.points[-1][1]) for line in graph.lines]
    spoken = "; ".join(f"{name}: {graph.show(first)} to {graph.show(last)}" for name, first, last in ends)
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">',
        f"<title>{escape(graph.title)}</title>",
        f"<desc>{escape(f'{graph.y_name}, over {graph.x_name}. {spoken}.')}</desc>",
        f"<style>\n{STYLE}</style>",
        f'<rect class="ground" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8"/>',
        text(24, 34, graph.title, "title"),
        text(24, 56, graph.y_name, "muted"),
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, graph.x_name, "muted", "middle"),
    ]


def y_axis(low: float, high: float, y: Scale, show: words.Show) -> list[str]:
    """Lines across, with their figures."""
    parts = []
    for value in steps(low, high):
        at = y.at(value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(text(LEFT - 10, at + 4.5, show(value), "muted", "end"))
    return parts


def x_axis(sizes: list[float], x: Scale) -> list[str]:
    """The sizes that were played, as far as there is room."""
    bottom, free_from = HEIGHT - BOTTOM, 0.0
    parts = [f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{bottom}" y2="{bottom}"/>']
    for size in sizes:
        at, name = x.at(size), words.whole(size)
        parts.append(f'<line class="axis" x1="{at:.1f}" x2="{at:.1f}" y1="{bottom}" y2="{bottom + 5}"/>')
        half = len(name) * LETTER / 2
        if at - half >= free_from:
            parts.append(text(at, bottom + 20, name, "muted", "middle"))
            free_from = at + half + TICK_GAP
    return parts


def linear(start: Place, lines: list[list[Place]], x: Scale, y: Scale) -> list[str]:
    """From the first figure on, what twice as many would take if each took the same: a slope of one."""
    first_x, first_y = start
    # It ends where the graph ends, to the right or at the top.
    last_x = min(10**x.high, first_x * 10**y.high / first_y)
    begins, ends = (x.at(first_x), y.at(first_y)), (x.at(last_x), y.at(first_y * last_x / first_x))
    angle = math.atan2(ends[1] - begins[1], ends[0] - begins[0])
    # Its name stands beside it, above or below, where there is room: at best behind the middle.
    spots = [(along, side) for along in (0.72, 0.62, 0.82, 0.52, 0.9, 0.42, 0.32, 0.22) for side in (-10.0, 10.0)]

    def middle(spot: Place) -> Place:
        along, side = spot
        on_line = [begin + along * (end - begin) for begin, end in zip(begins, ends)]
        return on_line[0] - side * math.sin(angle), on_line[1] + side * math.cos(angle)

    def room(spot: Place) -> float:
        at_x, at_y = middle(spot)
        letters = [(at_x + step * math.cos(angle), at_y + step * math.sin(angle)) for step in (-18.0, 0.0, 18.0)]
        return min(ROOM_ENOUGH, *(away(letter, line) for letter in letters for line in lines))

    at_x, at_y = middle(max(spots, key=room))
    turn = f"translate({at_x:.1f} {at_y:.1f}) rotate({math.degrees(angle):.1f})"
    return [
        f'<path class="linear" d="M{begins[0]:.1f} {begins[1]:.1f}L{ends[0]:.1f} {ends[1]:.1f}"/>',
        f'<text class="muted halo" transform="{turn}" y="4" text-anchor="middle">linear</text>',
    ]


def away(place: Place, line: list[Place]) -> float:
    """How far it is from a line."""
    return min(away_from_piece(place, begin, end) for begin, end in zip(line, line[1:]))


def away_from_piece(place: Place, begin: Place, end: Place) -> float:
    """How far it is from a straight piece."""
    along = (end[0] - begin[0], end[1] - begin[1])
    length = along[0] ** 2 + along[1] ** 2 or 1.0
    share = ((place[0] - begin[0]) * along[0] + (place[1] - begin[1]) * along[1]) / length
    share = min(1.0, max(0.0, share))
    return math.dist(place, (begin[0] + share * along[0], begin[1] + share * along[1]))


def drawn_line(line: Line, x: Scale, y: Scale) -> list[str]:
    """Its path, with a dot at each figure."""
    places = [(x.at(a), y.at(b)) for a, b in line.points]
    path = "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
    look = " dashed" if line.dashed else ""
    dots = [f'<circle class="dot f{line.colour}" cx="{a:.1f}" cy="{b:.1f}" r="4"/>' for a, b in places]
    return [f'<path class="line s{line.colour}{look}" d="M{path}"/>', *dots]


def text(x: float, y: float, said: str, look: str, anchor: str = "start") -> str:
    """A text."""
    return f'<text class="{look}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'


def apart(names: list[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """Names that would lie on each other move apart, as little as they can."""
    clusters: list[list[tuple[float, str, str]]] = []
    for name in sorted(names):
        clusters.append([name])
        while len(clusters) > 1 and spread(clusters[-2])[-1] + NAME_GAP > spread(clusters[-1])[0]:
            last = clusters.pop()
            clusters[-1] += last
    return [(at, *name[1:]) for cluster in clusters for at, name in zip(spread(cluster), cluster)]


def spread(cluster: list[tuple[float, str, str]]) -> list[float]:
    """Places around the middle of the cluster."""
    middle = sum(at for at, _, _ in cluster) / len(cluster)
    first = middle - NAME_GAP * (len(cluster) - 1) / 2
    return [first + NAME_GAP * place for place in range(len(cluster))]


def steps(low: float, high: float) -> list[float]:
    """1, 2, 5, 10 …; only 1, 10, 100 … where there are many."""
    factors = (1, 2, 5) if high / low <= 50_000 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [factor * 10.0**power for power in powers for factor in factors]
    return [value for value in found if low * 0.999 <= value <= high * 1.001]


def round_down(value: float) -> float:
    """To the next step below."""
    power = 10.0 ** math.floor(math.log10(value))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= value * 1.000001)


def round_up(value: float) -> float:
    """To the next step above."""
    power = 10.0 ** math.floor(math.log10(value))
    return min(factor * power for factor in (1, 2, 5, 10) if factor * power >= value * 0.999999)

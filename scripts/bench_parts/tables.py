"""The tables of docs/benchmarks.md: which figures, and how they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional, Union

from bench_parts import goals, words
from bench_parts.results import Figures, Played, Results

# By its name in the results, or worked out of several.
Take = Union[str, Callable[[Figures], Optional[float]]]


@dataclass(frozen=True)
class Figure:
    """A line of a table."""

    label: str
    take: Take
    show: words.Show
    goals: tuple[goals.Goal, ...] = ()
    # Whether the yardstick does the same, so that there is something to compare.
    compared: bool = True

    def of(self, row: Played, server: str) -> float | None:
        """What a server made."""
        figures = row.servers.get(server)
        if figures is None:
            return None
        return figures.at(self.take) if isinstance(self.take, str) else self.take(figures)


def grown(figures: Figures) -> float | None:
    """What all visitors together take."""
    before, after = figures.at("memory_before_bytes"), figures.at("memory_bytes")
    return after - before if before is not None and after is not None else None


def all_back(figures: Figures) -> float | None:
    """Until the last one is back, the median of all times."""
    times = figures.values.get("all_back_ms")
    return times[len(times) // 2] if times else None


def left_behind(figures: Figures) -> float | None:
    """What is not given back when all have left."""
    before, after = figures.at("memory_before_bytes"), figures.at("memory_after_leaving_bytes")
    return max(0, after - before) if before is not None and after is not None else None


def delivered(figures: Figures) -> float | None:
    """What share of the flips that come back to back each watcher is told, in per cent."""
    told, flips, watchers = (figures.at(name) for name in ("back_to_back.deliveries", "back_to_back.flips", "watchers"))
    return 100 * told / (flips * watchers) if told is not None and flips and watchers else None


EACH = Figure(
    "memory of a visitor", "bytes_each", words.size, (goals.of_the_yardstick(0.25), goals.at_most(1_500, words.size))
)
CONNECT = [
    Figure("a visitor connects (TCP, upgrade, hello, welcome), p50", "connect.p50_ms", words.millis),
    Figure("… p99", "connect.p99_ms", words.millis),
    Figure("… CPU of the server", "cpu_us_per_connect", words.micros),
]
IDLE = [
    Figure("memory before", "memory_before_bytes", words.size),
    Figure("memory with all of them", "memory_bytes", words.size),
    EACH,
    Figure("memory after each has sent a frame of 16 KB", "memory_after_big_bytes", words.size),
    Figure("memory that is kept when all have left", left_behind, words.size),
    *CONNECT,
    Figure("CPU while nothing but pings happens, of one core", "idle_cpu_percent", words.percent, compared=False),
]
MANY = [
    Figure("memory of a visitor", "bytes_each", words.size),
    Figure("CPU while nothing but pings happens, of one core", "idle_cpu_percent", words.percent),
    Figure("still connected after that", "still_there", words.whole),
    Figure("a visitor connects, p99", "connect.p99_ms", words.millis),
]
LAST = Figure("the last visitor has heard, p50", "last.p50_ms", words.millis, (goals.of_the_yardstick(0.7),))
DELIVERY = Figure(
    "CPU of the server for each delivery", "cpu_us_per_delivery", words.micros, (goals.of_the_yardstick(0.7),)
)
FLIP = [
    Figure("acknowledged to the operator, p50", "acknowledged.p50_ms", words.millis),
    Figure("the first visitor has heard, p50", "first.p50_ms", words.millis),
    LAST,
    Figure("… p99", "last.p99_ms", words.millis),
    DELIVERY,
    Figure("meanwhile a visitor of another account waits for a pong, p50", "others_pong.p50_ms", words.millis),
    Figure("… p99", "others_pong.p99_ms", words.millis),
]
BACK_TO_BACK = [
    Figure("all show the last state after", "back_to_back.took_ms", words.millis),
    Figure("flips times watchers, a second", "back_to_back.flips_times_watchers_per_second", words.rate),
    Figure("of these a watcher was told", delivered, words.percent),
    Figure("CPU of the server for each delivery", "back_to_back.cpu_us_per_delivery", words.micros),
]
ALL_BACK = Figure("all are back after (median)", all_back, words.millis, (goals.of_the_yardstick(1.3),))
STORM = [
    ALL_BACK,
    Figure("one of them is back after, p50", "back.p50_ms", words.millis),
    Figure("… p99", "back.p99_ms", words.millis),
    Figure("CPU of the server for each, their going included", "cpu_us_each", words.micros, (goals.of_the_yardstick(1.3),)),
]
ACK_P50 = Figure("acknowledged, p50", "ack.p50_ms", words.millis, (goals.below(1, words.millis),))
ACK_P99 = Figure("… p99", "ack.p99_ms", words.millis, (goals.below(5, words.millis),))
MESSAGES = [
    ACK_P50,
    Figure("… p90", "ack.p90_ms", words.millis),
    ACK_P99,
    Figure("… max", "ack.max_ms", words.millis),
    Figure("the operator has read it, p50", "read.p50_ms", words.millis),
    Figure("… p99", "read.p99_ms", words.millis),
    Figure("acknowledged a second", "acknowledged_per_second", words.rate),
    Figure("CPU of the server for each", "cpu_us_each", words.micros),
]
TALK = [
    Figure("the operator has read it, p50", "read.p50_ms", words.millis),
    Figure("… p99", "read.p99_ms", words.millis),
    Figure("the visitor has read the answer, p50", "there_and_back.p50_ms", words.millis),
    Figure("… p99", "there_and_back.p99_ms", words.millis),
    Figure("answered, of what was said", lambda f: 100 * (f.at("answered") or 0) / (f.at("said") or 1), words.percent),
]
ACKS = Figure("acknowledged a second", "acknowledged_per_second", words.rate, (goals.at_least(20_000, words.whole),))


def table(head: list[str], rows: list[list[str]]) -> str:
    """In Markdown."""
    lines = [f"| {' | '.join(line)} |".replace("  ", " ") for line in [head, *rows]]
    return "\n".join([lines[0], f"|{'---|' * len(head)}", *lines[1:]])


def compared(row: Played, figures: list[Figure]) -> str:
    """Doorbell beside the yardstick."""
    rows = []
    for figure in figures:
        mine, others = figure.of(row, "doorbell"), figure.of(row, "yardstick")
        share = words.ratio(mine, others) if figure.compared else ""
        theirs = words.or_dash(others, figure.show) if figure.compared else ""
        goal = goals.told(figure.goals, mine, others)
        rows.append([figure.label, words.or_dash(mine, figure.show), theirs, share, goal])
    head, has_goals = ["", "doorbell", "yardstick", "ratio", "goal"], any(row[-1] for row in rows)
    return table(head, rows) if has_goals else table(head[:-1], [row[:-1] for row in rows])


def growth(rows: list[Played], unit: str, figures: list[Figure]) -> str:
    """How figures grow with the size: doorbell, the yardstick and their ratio of each."""
    head = [unit]
    for figure in figures:
        head += [f"{figure.label}: doorbell", "yardstick", "ratio"]
    lines = []
    for row in rows:
        line = [words.whole(row.size)]
        for figure in figures:
            mine, others = figure.of(row, "doorbell"), figure.of(row, "yardstick")
            line += [words.or_dash(mine, figure.show), words.or_dash(others, figure.show), words.ratio(mine, others)]
        lines.append(line)
    return table(head, lines)


def by_store(row: Played, figures: list[Figure]) -> str:
    """SQLite beside Redis; the goals are those of SQLite."""
    rows = []
    for figure in figures:
        mine, redis = figure.of(row, "doorbell"), figure.of(row, "redis")
        goal = goals.told(figure.goals, mine, None)
        rows.append([figure.label, words.or_dash(mine, figure.show), words.or_dash(redis, figure.show), goal])
    return table(["", "SQLite", "Redis", "goal of SQLite"], rows)


def curve(rows: list[Played]) -> str:
    """What more who write make of it."""
    lines = []
    for row in rows:
        line = [words.whole(row.size)]
        for server in ("doorbell", "redis"):
            waits = [words.or_dash(row.at(server, f"ack.{name}_ms"), words.number) for name in ("p50", "p99")]
            cpu = words.or_dash(row.at(server, "cpu_us_each"), words.micros)
            line += [words.or_dash(ACKS.of(row, server), words.rate), f"{' · '.join(waits)} ms", cpu]
        lines.append(line)
    head = ["who write at once"]
    for store in ("SQLite", "Redis"):
        head += [f"{store}: acknowledged a second", "p50 · p99", "CPU of the server for each"]
    return table(head, lines)


def caption(row: Played, more: str = "") -> str:
    """What was played, and how often; what did not go as it should, if anything."""
    runs = max(figures.runs for figures in row.servers.values())
    often = f"; medians of {runs} runs" if runs > 1 else ""
    return " ".join(filter(None, [f"{row.what}{often}.", more, troubles([row])]))


def troubles(rows: list[Played]) -> str:
    """Who was refused or cut off, which should be nobody."""
    found = []
    for row in rows:
        for server, figures in row.servers.items():
            refused, there, all_ = (figures.at(name) for name in ("refused", "still_there", "visitors"))
            if refused:
                found.append(f"{server}, {row.what}: {refused:,.0f} refused")
            if there is not None and all_ is not None and there < all_:
                found.append(f"{server}, {row.what}: {all_ - there:,.0f} cut off")
    return f"**Not as it should be**: {'; '.join(found)}." if found else ""


def conditions(results: Results) -> str:
    """On which machine, when, and which tables."""
    rows = []
    for told, groups in results.sessions():
        machine = f"{told['cores']} cores, {told['cpu']}, {told['memory_gb']} GB, {told['kernel']}"
        pinned = "server and load on a core each" if told["pinned"] else "server and load on the same core"
        disk = f"{told['file_system']}, {words.millis(told['disk_wait_ms'])}"
        rust = told["rustc"].split(" (")[0].replace("rustc", "Rust")
        load = words.number(told["load_average"])
        rows.append([told["date"], ", ".join(groups), f"{machine}; {rust}; {pinned}", disk, load])
    return table(["played", "what", "machine", "disk, and a wait for it (median)", "busy before, in cores"], rows)


def unequal(results: Results) -> str:
    """Accounts that are not alike: the ordinary case first."""
    rows = []
    for group, name in (("idle", "main"), ("unequal", "one"), ("unequal", "small")):
        row = results.row(group, name)
        if row is None:
            continue
        line = [row.what]
        for figure in (EACH, CONNECT[2]):
            mine, others = figure.of(row, "doorbell"), figure.of(row, "yardstick")
            line += [words.or_dash(mine, figure.show), words.or_dash(others, figure.show)]
        rows.append([*line, words.or_dash(row.at("doorbell", "connect.p99_ms"), words.millis)])
    head = ["", "memory of a visitor: doorbell", "yardstick", "CPU of a connect: doorbell", "yardstick"]
    return table([*head, "connect p99: doorbell"], rows)


# The figures of "In short".
SHORT = [
    ("idle", "main", "an idle visitor, in the server's memory", EACH),
    ("idle", "main", "a visitor connects, p50", CONNECT[0]),
    ("flip", "main", "the chat box flips: the last one who watches has heard", LAST),
    ("flip", "main", "… CPU for each of them", DELIVERY),
    ("storm", "many", "all are cut off and come back at once: all are back", ALL_BACK),
    ("messages", "rate", "a message is acknowledged, p50", ACK_P50),
    ("messages", "rate", "… p99", ACK_P99),
]


def short(results: Results) -> str:
    """The few figures that say the most."""
    rows = []
    for group, name, label, figure in SHORT:
        row = results.row(group, name)
        if row is not None:
            mine, others = figure.of(row, "doorbell"), figure.of(row, "yardstick")
            figures = [words.or_dash(mine, figure.show), words.or_dash(others, figure.show), words.ratio(mine, others)]
            rows.append([f"{label} ({row.what})", *figures, goals.told(figure.goals, mine, others)])
    best = max(results.rows("messages", "curve"), key=lambda row: ACKS.of(row, "doorbell") or 0, default=None)
    if best is not None:
        mine = ACKS.of(best, "doorbell")
        label = f"messages acknowledged a second, at most ({best.what})"
        rows.append([label, words.or_dash(mine, words.rate), "–", "–", goals.told(ACKS.goals, mine, None)])
    return table(["what", "doorbell", "yardstick", "ratio", "goal"], rows)


"""Benches of their own that print JSON: a program, a line for each row, and the columns that are made of it.

    Extra(
        name="letters",
        what="letters that are due at once",
        words=("cargo", "bench", "--bench", "mail", "--", "--json"),
        quick=("200",),
        seconds=120,
        columns=(
            ("", lambda row: row["what"]),
            ("letters a second", lambda row: words.rate(row["letters_per_second"])),
        ),
    )

is all that it takes to be played by `scripts/bench letters`, and to fill `<!-- bench:letters -->` in docs/benchmarks.md. One
program may fill several tables: each is an Extra, which keeps some of its lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

from bench_parts import tables, words

# A column: its heading, and what stands in it.
Column = tuple[str, Callable[[dict[str, Any]], str]]


@dataclass(frozen=True)
class Extra:
    """A bench of its own."""

    name: str
    what: str
    words: tuple[str, ...]
    columns: tuple[Column, ...]
    # How long it takes, roughly, with its build.
    seconds: float
    # What is said besides where only the script is tried.
    quick: tuple[str, ...] = ()
    # Which lines are its rows.
    keeps: Callable[[dict[str, Any]], bool] = lambda row: True

    def command(self, quick: bool) -> list[str]:
        """What is run in the repository."""
        return [*self.words, *(self.quick if quick else ())]

    def table(self, told: list[dict[str, Any]]) -> str:
        """What it told, in Markdown."""
        rows = [[take(row) for _, take in self.columns] for row in told if self.keeps(row)]
        return tables.table([heading for heading, _ in self.columns], rows) if rows else ""


def _bench(name: str, *said: str) -> tuple[str, ...]:
    """A bench of cargo that prints JSON."""
    return ("cargo", "bench", "--quiet", "--bench", name, "--", "--json", *said)


def _store(row: dict[str, Any]) -> str:
    return {"sqlite": "a file", "redis": "a Redis"}.get(row["store"], str(row["store"]))


_MESSAGES: tuple[Column, ...] = (
    ("on", _store),
    ("senders", lambda row: words.or_dash(row["senders"], words.whole)),
    ("messages a second", lambda row: words.rate(row["per_second"])),
    ("p50", lambda row: words.millis(row["p50_ms"])),
    ("p99", lambda row: words.millis(row["p99_ms"])),
    ("CPU each, the senders' included", lambda row: words.micros(row["cpu_us_each"])),
    ("… and Redis", lambda row: words.or_dash(row["redis_cpu_us_each"], words.micros)),
)

EXTRAS: tuple[Extra, ...] = (
    Extra(
        name="cold",
        what="starts on an empty store",
        words=_bench("timers", "cold"),
        seconds=15,
        columns=(
            ("starts", lambda row: words.whole(row["starts"])),
            ("ready after, median", lambda row: words.millis(row["ready_ms"])),
            ("at least", lambda row: words.millis(row["min_ms"])),
            ("at most", lambda row: words.millis(row["max_ms"])),
            ("memory", lambda row: f"{words.number(row['pss_mb'])} MB"),
        ),
    ),
    Extra(
        name="start",
        what="starts on a store of a million conversations",
        words=_bench("timers", "start"),
        quick=("--conversations", "10000"),
        seconds=600,
        columns=(
            ("conversations", lambda row: words.whole(row["conversations"])),
            ("of these with a timer", lambda row: words.whole(row["timers"])),
            ("the file", lambda row: f"{words.whole(row['file_mb'])} MB"),
            ("ready after", lambda row: words.millis(row["ready_ms"])),
            ("memory then", lambda row: f"{words.number(row['pss_mb'])} MB"),
            ("and later", lambda row: f"{words.number(row['later_pss_mb'])} MB"),
            ("CPU until then", lambda row: words.millis(row["later_cpu_ms"])),
        ),
    ),
    Extra(
        name="burst",
        what="deadlines in one instant",
        words=_bench("timers", "burst"),
        quick=("--timers", "1000"),
        seconds=120,
        columns=(
            ("timers", lambda row: words.whole(row["timers"])),
            ("letters", lambda row: words.whole(row["letters"])),
            ("all are in the outbox after", lambda row: words.millis(row["took_ms"])),
            ("CPU each: to wake", lambda row: words.micros(row["woken_cpu_us_each"])),
            ("to decide", lambda row: words.micros(row["decided_cpu_us_each"])),
            ("memory asleep", lambda row: f"{words.number(row['asleep_pss_mb'])} MB"),
            ("awake", lambda row: f"{words.number(row['awake_pss_mb'])} MB"),
        ),
    ),
    Extra(
        name="arm",
        what="timers that start and are cancelled",
        words=_bench("timers", "arm"),
        quick=("--timers", "1000"),
        seconds=90,
        columns=(
            ("a message or an act that", lambda row: str(row["what"])),
            ("takes", lambda row: words.micros(row["took_us_each"])),
            ("CPU", lambda row: words.micros(row["cpu_us_each"])),
        ),
    ),
    Extra(
        name="house",
        what="messages without the doors",
        words=_bench("messages"),
        quick=("--seconds", "2"),
        seconds=120,
        columns=_MESSAGES,
    ),
    Extra(
        name="house-on-redis",
        what="the same on a Redis",
        words=_bench("messages", "--redis"),
        quick=("--seconds", "2"),
        seconds=120,
        columns=_MESSAGES,
    ),
    Extra(
        name="letters",
        what="letters that are due at once",
        words=_bench("mail"),
        quick=("200",),
        seconds=240,
        columns=(
            ("what", lambda row: str(row["what"])),
            ("signed by", lambda row: str(row["key"])),
            ("letters", lambda row: words.whole(row["letters"])),
            ("connections", lambda row: words.whole(row["connections"])),
            ("letters a second", lambda row: words.rate(row["letters_per_second"])),
            ("CPU each, the relay's included", lambda row: words.millis(row["cpu_ms_per_letter"])),
        ),
    ),
)

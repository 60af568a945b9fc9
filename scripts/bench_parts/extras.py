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

from bench_parts import tables

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


EXTRAS: tuple[Extra, ...] = ()

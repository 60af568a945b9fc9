"""The results as they are kept, a line of JSON for each run, and what is taken from them for a table: medians."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, Iterator

# A line of the results.
Line = Dict[str, Any]

# Of these the worst run counts: what happened once happened.
WORST: dict[str, Callable[[list[Any]], Any]] = {"refused": max, "still_there": min}


@dataclass(frozen=True)
class Figures:
    """What a server did in one row: the medians of its runs."""

    values: dict[str, Any]
    runs: int

    def at(self, path: str) -> float | None:
        """A figure by its name, such as `connect.p99_ms`."""
        value: Any = self.values
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value


@dataclass(frozen=True)
class Played:
    """A row that was played: its figures by server."""

    size: int
    what: str
    session: str
    servers: dict[str, Figures]

    def at(self, server: str, path: str) -> float | None:
        """A figure of one server."""
        figures = self.servers.get(server)
        return figures.at(path) if figures else None


@dataclass
class Results:
    """All lines of the file."""

    path: Path
    lines: list[Line] = field(default_factory=list)

    @staticmethod
    def read(path: Path) -> Results:
        """Those that are there."""
        results = Results(path)
        if path.exists():
            for line in path.read_text().splitlines():
                # The last one may be half of one, if the disk was full.
                if line.startswith("{") and line.endswith("}"):
                    results.lines.append(json.loads(line))
        return results

    def add(self, lines: list[Line]) -> None:
        """Keeps a whole row, so that none is taken from two sessions."""
        self.lines += lines
        with self.path.open("a") as file:
            file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)

    def rows(self, group: str, name: str) -> list[Played]:
        """The rows of this name, the smallest first, each from the last session in which it was played."""
        mine = [line for line in self.lines if line["group"] == group and line["row"] == name and "result" in line]
        rows = []
        for size in sorted({line["size"] for line in mine}):
            session = max(line["session"] for line in mine if line["size"] == size)
            played = [line for line in mine if line["size"] == size and line["session"] == session]
            servers = {}
            for server in sorted({line["server"] for line in played}):
                runs = [line["result"] for line in played if line["server"] == server]
                servers[server] = Figures(medians(runs), len(runs))
            rows.append(Played(size, played[0]["what"], session, servers))
        return rows

    def row(self, group: str, name: str) -> Played | None:
        """The one row of this name, as it was played last."""
        rows = self.rows(group, name)
        return max(rows, key=lambda row: row.session) if rows else None

    def told(self, group: str) -> list[dict[str, Any]]:
        """What a bench of its own told last, in its order."""
        mine = [line for line in self.lines if line["group"] == group and "result" in line]
        last = max((line["session"] for line in mine), default=None)
        return [line["result"] for line in mine if line["session"] == last]

    def sessions(self) -> Iterator[tuple[dict[str, Any], list[str]]]:
        """The conditions of every session from which a row is taken, and of which groups."""
        last: dict[tuple[str, str, int], str] = {}
        conditions: dict[str, dict[str, Any]] = {}
        for line in self.lines:
            if "result" in line:
                key = (line["group"], line["row"], line["size"])
                last[key] = max(last.get(key, ""), line["session"])
                conditions[line["session"]] = line["conditions"]
        for session in sorted(set(last.values())):
            groups = [group for (group, _, _), of in last.items() if of == session]
            yield conditions[session], list(dict.fromkeys(groups))


def medians(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Name by name; what is a list in each is one list of them all."""
    return {name: WORST.get(name, middle)([run.get(name) for run in runs]) for name in runs[0]}


def middle(values: list[Any]) -> Any:
    """The median of numbers; of anything else what it is."""
    there = [value for value in values if value is not None]
    if not there:
        return None
    if isinstance(there[0], dict):
        return medians(there)
    if isinstance(there[0], list):
        return sorted(value for values in there for value in values)
    if isinstance(there[0], (int, float)) and not isinstance(there[0], bool):
        return statistics.median(there)
    return there[0]

"""Plays the rows, one run after another, and says how far it is."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from bench_parts import words
from bench_parts.extras import Extra
from bench_parts.machine import Machine
from bench_parts.plan import Row
from bench_parts.results import Figures, Line, Results
from bench_parts.servers import Programs, RunFailed, has_redis, running, started, tail

# A run that takes so many times what it should, and this much more, hangs.
HANGS_FACTOR, HANGS_S = 5, 120

# What is said of a run when it has ended: a sentence, and the figure that is its number.
SAID = {
    "idle": (("{} each", "bytes_each", words.size), ("connect p99 {}", "connect.p99_ms", words.millis)),
    "flip": (("last p50 {}", "last.p50_ms", words.millis), ("CPU of a delivery {}", "cpu_us_per_delivery", words.micros)),
    "storm": (("last back {}", "back.max_ms", words.millis), ("CPU of each {}", "cpu_us_each", words.micros)),
    "messages": (("{} a second", "acknowledged_per_second", words.rate), ("p99 {}", "ack.p99_ms", words.millis)),
    "talk": (
        ("there and back p50 {}", "there_and_back.p50_ms", words.millis),
        ("p99 {}", "there_and_back.p99_ms", words.millis),
    ),
}


class Player:
    """What is played, with what, and what came of it."""

    def __init__(self, root: Path, folder: Path, machine: Machine, results: Results, quick: bool) -> None:
        self.root, self.folder, self.machine, self.results, self.quick = root, folder, machine, results, quick
        self.session = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.conditions = machine.conditions(root, folder)
        self.failed: list[str] = []
        self.left_out: list[str] = []
        self.done = 0
        self.count = 0
        # What it has taken, to what it was thought to take.
        self.taken_s = self.thought_s = 0.0
        self.left_s = 0.0

    def play(self, rows: list[Row], programs: Programs | None, extras: list[Extra]) -> None:
        """All of it. Without programs there are no rows."""
        turns = {row: row.turns() for row in rows}
        if not has_redis():
            without = [row for row in rows if "redis" in row.servers]
            self.left_out += [f"{row.group}, {row.what}, on Redis: there is no redis-server" for row in without]
            turns = {row: [turn for turn in turns[row] if turn[1] != "redis"] for row in rows}
        self.count = sum(map(len, turns.values())) + len(extras)
        self.left_s = sum(row.seconds * len(turns[row]) for row in rows) + sum(extra.seconds for extra in extras)
        for row in rows if programs is not None else []:
            lines = []
            for repetition, server in turns[row]:
                outcome = self.play_run(row, server, repetition, programs)
                lines.append(self.line(row.group, row.name, row.size, row.what, server, repetition, row.words, outcome))
            self.results.add(lines)
        for extra in extras:
            self.play_extra(extra)

    def heading(self, row: Row, server: str, repetition: int) -> str:
        """What a run is called while it runs."""
        name = {"redis": "doorbell on Redis"}.get(server, server)
        often = f", {repetition} of {row.repetitions}" if row.repetitions > 1 else ""
        run = row.group if row.group == row.words[0] else f"{row.group}: {row.words[0]}"
        return f"{run}, {row.what}, {name}{often}"

    def play_run(self, row: Row, server: str, repetition: int, programs: Programs) -> dict[str, Any]:
        """One run, with the words before and after it."""
        heading = self.heading(row, server, repetition)
        began = self.begin(heading, row.seconds)
        try:
            with tempfile.TemporaryDirectory(prefix="run-", dir=self.folder) as folder:
                result = self.run(row, server, Path(folder), programs)
        except RunFailed as why:
            self.end(began, row.seconds, f"FAILED: {why}\n        ")
            self.failed.append(heading)
            return {"failed": str(why)}
        self.end(began, row.seconds, said_of(result))
        return {"result": result}

    def run(self, row: Row, server: str, folder: Path, programs: Programs) -> dict[str, Any]:
        """What `load` tells of a fresh server."""
        with started(server, row.accounts, folder, programs, self.machine, self.root) as there:
            time.sleep(row.settle_s)
            words_ = [str(programs.load), *row.words, "--url", there.address, "--keys", str(there.keys)]
            words_ += ["--pid", str(there.process.pid)]
            out, log = folder / "load.json", folder / "load.log"
            with out.open("wb") as told, running(words_, folder, self.machine.load_core, log, told) as load:
                code = wait(load, row.seconds)
            if not there.alive():
                raise RunFailed(f"the server ended:\n{tail(there.log)}")
            if code != 0:
                raise RunFailed(f"load ended with {code}:\n{tail(log)}\n         the server said:\n{tail(there.log)}")
            return json.loads(out.read_text())

    def play_extra(self, extra: Extra) -> None:
        """A bench of its own: it starts what it needs by itself."""
        began, command = self.begin(f"{extra.name}, {extra.what}", extra.seconds), extra.command(self.quick)
        try:
            with tempfile.TemporaryDirectory(prefix="run-", dir=self.folder) as folder:
                told = self.run_extra(command, extra.seconds, Path(folder))
        except RunFailed as why:
            self.end(began, extra.seconds, f"FAILED: {why}\n        ")
            self.failed.append(extra.name)
            return
        self.end(began, extra.seconds, f"{len(told)} lines")
        outcomes = [{"result": line} for line in told]
        self.results.add(
            [self.line(extra.name, "told", place, extra.what, "", 1, command, outcome) for place, outcome in enumerate(outcomes)]
        )

    def run_extra(self, command: list[str], seconds: float, folder: Path) -> list[dict[str, Any]]:
        """The lines of JSON that it tells."""
        out, log = folder / "told", folder / "log"
        with out.open("wb") as told, running(command, self.root, None, log, told) as bench:
            code = wait(bench, seconds)
        lines = [json.loads(line) for line in out.read_text().splitlines() if line.startswith("{")]
        if code != 0 or not lines:
            raise RunFailed(f"it ended with {code} and {len(lines)} lines:\n{tail(log)}")
        return lines

    def begin(self, heading: str, seconds: float) -> float:
        """Says what comes, and how long all that is left may take, at the pace so far."""
        pace = self.taken_s / self.thought_s if self.thought_s > 60 else 1.0
        left = words.duration(self.left_s * pace)
        self.done += 1
        place = f"[{self.done:{len(str(self.count))}}/{self.count}]"
        print(f"{place} {heading}: about {words.duration(seconds * pace)}, {left} left in all", flush=True)
        return time.monotonic()

    def end(self, began: float, seconds: float, said: str) -> None:
        """Says what came of it."""
        took = time.monotonic() - began
        self.taken_s, self.thought_s, self.left_s = self.taken_s + took, self.thought_s + seconds, self.left_s - seconds
        clear = "\r\x1b[K" if sys.stdout.isatty() else ""
        print(f"{clear}         {said} ({words.duration(took)})", flush=True)

    def line(
        self,
        group: str,
        row: str,
        size: int,
        what: str,
        server: str,
        repetition: int,
        arguments: list[str] | tuple[str, ...],
        outcome: dict[str, Any],
    ) -> Line:
        """As it is kept."""
        return {
            "session": self.session,
            "group": group,
            "row": row,
            "size": size,
            "what": what,
            "server": server,
            "repetition": repetition,
            "arguments": list(arguments),
            "quick": self.quick,
            **outcome,
            "conditions": self.conditions,
        }


def said_of(result: dict[str, Any]) -> str:
    """The figures that say whether it went well."""
    figures, parts = Figures(result, 1), []
    for sentence, path, show in SAID.get(result.get("run", ""), ()):
        parts.append(sentence.format(words.or_dash(figures.at(path), show)))
    if result.get("refused"):
        parts.append(f"REFUSED {result['refused']}")
    return ", ".join(parts)


def wait(process: subprocess.Popen[bytes], seconds: float) -> int:
    """How it ended, after so many seconds or so. On a terminal they are counted meanwhile."""
    began = time.monotonic()
    while True:
        try:
            return process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            took = time.monotonic() - began
            if took > seconds * HANGS_FACTOR + HANGS_S:
                raise RunFailed(f"no end after {took:.0f} s") from None
            if sys.stdout.isatty():
                print(f"\r\x1b[K         {took:.0f} s", end="", flush=True)

"""What is played: the sizes, and the rows of runs that come of them."""

from __future__ import annotations

from dataclasses import dataclass

# 1. Visitors who only watch.
IDLE_VISITORS, IDLE_ACCOUNTS, IDLE_HOLD_S = 10_000, 200, 20
MANY_VISITORS, MANY_HOLD_S = 19_000, 60
IDLE_GROWTH = (1_000, 2_000, 5_000, 10_000, 19_000)
CONNECTS_PER_SECOND = 1_000
# 2. The chat box flips.
FLIP_WATCHERS, FLIPS, BACK_TO_BACK = 5_000, 20, 1_000
FLIP_GROWTH = (500, 1_000, 2_000, 5_000, 10_000, 19_000)
# 3. All are cut off and come back.
STORM_VISITORS, STORM_ACCOUNTS, STORM_TIMES = 5_000, 200, 5
STORM_GROWTH = (500, 1_000, 2_000, 5_000, 10_000, 15_000)
# 4. Messages.
SENDERS, PER_SECOND, MESSAGE_ACCOUNTS, DURATION_S = 100, 1_000, 4, 10
CURVE = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)
# 5. Unequal accounts.
ONE_VISITORS = 15_000
SMALL_ACCOUNTS, SMALL_VISITORS = 10_000, 2

# How often each run is played; what counts is the median.
REPETITIONS = 3

# Sockets are files: so many are left for everything else.
FILES_IN_RESERVE = 1_000

# What `load` does by itself, in seconds: it leaves everything alone before it reads the memory, and writes before it counts.
IDLE_REST_S, WARMING_UP_S = 10, 2
# A server that has just started is left alone for so long before its memory is read.
SETTLE_S = 10
# Time is counted in hundredths of a second: with few watchers more flips are needed to know what one delivery takes.
DELIVERIES_MIN = 100_000
# A server that is started, and an account that is made, in seconds.
START_S, ACCOUNT_S = 1.0, 0.006


@dataclass(frozen=True)
class Row:
    """One line of a table: the same run against each of its servers, several times."""

    group: str
    name: str
    size: int
    what: str
    # The run of `load` with what is said to it.
    words: tuple[str, ...]
    accounts: int
    servers: tuple[str, ...]
    repetitions: int
    # How long one run takes, roughly.
    seconds: float
    # How many sockets it opens.
    sockets: int
    # How long the server is left alone first.
    settle_s: int

    def turns(self) -> list[tuple[int, str]]:
        """Which server plays when. The order is turned round each time, so that a machine that gets slower slows all."""
        turns: list[tuple[int, str]] = []
        for repetition in range(self.repetitions):
            order = self.servers if repetition % 2 == 0 else self.servers[::-1]
            turns += [(repetition + 1, server) for server in order]
        return turns

    def all_seconds(self) -> float:
        """How long all its runs take, roughly."""
        return self.seconds * self.repetitions * len(self.servers)


BOTH = ("yardstick", "doorbell")
STORES = ("doorbell", "redis")


class Plan:
    """Makes the rows."""

    def __init__(self, files: int, quick: bool, repetitions: int | None) -> None:
        self.quick = quick
        self.repetitions = repetitions or (1 if quick else REPETITIONS)
        # A socket of `load` is a file, and so is its other end in the server.
        self.visitors_max = files - FILES_IN_RESERVE
        self.left_out: list[str] = []

    def rows(self, groups: list[str]) -> list[Row]:
        """The rows of these groups, in the order of the document."""
        return [row for group in GROUPS if group in groups for row in self._fits(getattr(self, group)())]

    def _fits(self, rows: list[Row]) -> list[Row]:
        fit = [row for row in rows if row.sockets <= self.visitors_max]
        self.left_out += [f"{row.group}, {row.what}" for row in rows if row not in fit]
        return fit

    def _n(self, number: int, least: int = 1) -> int:
        """A number of the plan, or a tenth of it."""
        return max(least, number // 10) if self.quick else number

    def _sizes(self, sizes: tuple[int, ...]) -> list[int]:
        return sorted({self._n(size) for size in sizes})

    def _row(
        self,
        group: str,
        name: str,
        what: str,
        words: list[object],
        size: int,
        seconds: float,
        accounts: int = 1,
        servers: tuple[str, ...] = BOTH,
    ) -> Row:
        settle_s = self._n(SETTLE_S) if words[0] == "idle" else 0
        seconds += START_S + settle_s + accounts * ACCOUNT_S
        words_ = tuple(str(word) for word in words)
        return Row(group, name, size, what, words_, accounts, servers, self.repetitions, seconds, size, settle_s)

    def idle(self) -> list[Row]:
        """Visitors who only watch."""
        number, many = self._n(IDLE_VISITORS), self._n(MANY_VISITORS)
        return [
            self._idle("idle", "main", number, self._n(IDLE_ACCOUNTS), self._n(IDLE_HOLD_S), ["--big", "--leave"]),
            self._idle("idle", "many", many, self._n(IDLE_ACCOUNTS), self._n(MANY_HOLD_S), servers=("doorbell",)),
            *(self._idle("idle", "growth", size, self._n(IDLE_ACCOUNTS), 0) for size in self._sizes(IDLE_GROWTH)),
        ]

    def _idle(
        self,
        group: str,
        name: str,
        visitors: int,
        accounts: int,
        hold_s: int,
        more: list[str] | None = None,
        servers: tuple[str, ...] = BOTH,
    ) -> Row:
        more = more or []
        seconds = visitors / CONNECTS_PER_SECOND + IDLE_REST_S * (1 + len(more)) + hold_s
        words = ["idle", "--visitors", visitors, "--per-second", CONNECTS_PER_SECOND, "--hold-s", hold_s, *more]
        what = f"{visitors:,} visitors over {counted(accounts, 'account')}"
        return self._row(group, name, what, words, visitors, seconds, accounts, servers)

    def flip(self) -> list[Row]:
        """The chat box flips before many who watch."""
        number, flips, least = self._n(FLIP_WATCHERS), self._n(FLIPS, least=4), self._n(DELIVERIES_MIN)
        return [
            self._flip("flip", "main", number, flips, self._n(BACK_TO_BACK)),
            *(self._flip("flip", "growth", size, max(flips, least // size), 0) for size in self._sizes(FLIP_GROWTH)),
        ]

    def _flip(self, group: str, name: str, watchers: int, flips: int, back_to_back: int) -> Row:
        deliveries = watchers * (flips + back_to_back)
        seconds = watchers / 2_000 + 1 + deliveries * 5e-6
        words = ["flip", "--watchers", watchers, "--flips", flips, "--back-to-back", back_to_back]
        # Two accounts: somebody of the other one asks for pongs meanwhile.
        return self._row(group, name, f"{watchers:,} watchers", words, watchers, seconds, accounts=2)

    def storm(self) -> list[Row]:
        """All are cut off at once, and come back at once."""
        number, accounts, times = self._n(STORM_VISITORS), self._n(STORM_ACCOUNTS), self._n(STORM_TIMES, least=2)
        return [
            self._storm("many", number, accounts, times),
            self._storm("one", number, 1, times),
            *(self._storm("growth", size, accounts, times) for size in self._sizes(STORM_GROWTH)),
        ]

    def _storm(self, name: str, visitors: int, accounts: int, times: int) -> Row:
        seconds = visitors / 2_000 + times * (2 + visitors * 0.0004)
        words = ["storm", "--visitors", visitors, "--times", times]
        what = f"{visitors:,} visitors over {counted(accounts, 'account')}"
        return self._row("storm", name, what, words, visitors, seconds, accounts)

    def messages(self) -> list[Row]:
        """Visitors write."""
        senders, rate, duration_s = self._n(SENDERS), self._n(PER_SECOND), self._n(DURATION_S, least=2)
        pace = ["--senders", senders, "--per-second", rate, "--duration-s", duration_s]
        seconds = WARMING_UP_S + duration_s + 1
        what = f"{senders:,} who write, {rate:,} messages a second"
        operators = ["--operators", MESSAGE_ACCOUNTS]

        def row(name: str, what: str, words: list[object], size: int, servers: tuple[str, ...]) -> Row:
            return self._row("messages", name, what, words, size, seconds, MESSAGE_ACCOUNTS, servers)

        def closed(size: int) -> Row:
            words = ["messages", "--senders", size, "--duration-s", duration_s, *operators]
            return row("curve", f"{size:,} who write as fast as they can", words, size, STORES)

        return [
            row("rate", what, ["messages", *pace, *operators], rate, STORES),
            row("talk", f"{what}, answered", ["talk", *pace], rate, BOTH),
            *(closed(size) for size in self._sizes(CURVE)),
        ]

    def unequal(self) -> list[Row]:
        """One account with nearly all visitors, and as many accounts as there are visitors."""
        one, accounts = self._n(ONE_VISITORS), self._n(SMALL_ACCOUNTS)
        small = min(accounts * SMALL_VISITORS, self.visitors_max)
        return [
            self._idle("unequal", "one", one, 1, self._n(IDLE_HOLD_S)),
            self._idle("unequal", "small", small, accounts, self._n(IDLE_HOLD_S)),
            self._flip("unequal", "flip", one, self._n(FLIPS, least=4), 0),
        ]


# What the script can be told to play, beside the benches of extras.py.
GROUPS = ("idle", "flip", "storm", "messages", "unequal")


def counted(number: int, what: str) -> str:
    """`1 account`, `200 accounts`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"

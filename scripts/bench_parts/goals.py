"""What doorbell should keep. A goal that is missed is marked in the table, and nothing fails by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional

from bench_parts import words


@dataclass(frozen=True)
class Goal:
    """A bound in words, and whether it holds for doorbell's figure beside the yardstick's; nothing: it cannot be said."""

    text: str
    holds: Callable[[Optional[float], Optional[float]], Optional[bool]]


def of_the_yardstick(share: float) -> Goal:
    """At most so many times the yardstick's."""

    def holds(mine: float | None, others: float | None) -> bool | None:
        return None if mine is None or not others else mine <= share * others

    return Goal(f"at most {share:g} of the yardstick's" if share < 1 else f"at most {share:g} times the yardstick's", holds)


def at_most(bound: float, show: words.Show) -> Goal:
    """At most this."""
    return Goal(f"at most {show(bound)}", lambda mine, _: None if mine is None else mine <= bound)


def below(bound: float, show: words.Show) -> Goal:
    """Less than this."""
    return Goal(f"below {show(bound)}", lambda mine, _: None if mine is None else mine < bound)


def at_least(bound: float, show: words.Show) -> Goal:
    """At least this."""
    return Goal(f"at least {show(bound)}", lambda mine, _: None if mine is None else mine >= bound)


def told(goals: tuple[Goal, ...], mine: float | None, others: float | None) -> str:
    """As it stands in the table."""
    sentences = []
    for goal in goals:
        met = goal.holds(mine, others)
        verdict = {True: ": met", False: ": **missed**", None: ""}[met]
        sentences.append(goal.text + verdict)
    return "; ".join(sentences)

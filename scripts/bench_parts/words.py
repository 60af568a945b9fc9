"""Figures as they are read: with a unit, and no more digits than they mean."""

from __future__ import annotations

from typing import Callable, Optional

# How a figure is written.
Show = Callable[[float], str]


def number(value: float) -> str:
    """Three digits that mean something, all of a greater one."""
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}"


def whole(value: float) -> str:
    """A count."""
    return f"{value:,.0f}"


def rate(value: float) -> str:
    """So many a second: more than three digits say nothing."""
    if value < 1_000:
        return number(value)
    step = 10 ** (len(str(int(value))) - 3)
    return f"{round(value / step) * step:,.0f}"


def millis(value: float) -> str:
    """From milliseconds."""
    if value >= 10_000:
        return f"{value / 1_000:.1f} s"
    return f"{number(value)} ms"


def micros(value: float) -> str:
    """From microseconds."""
    return f"{number(value)} µs"


def size(value: float) -> str:
    """From bytes."""
    if abs(value) < 100_000:
        return f"{value:,.0f} B"
    return f"{number(value / 1e6)} MB"


def percent(value: float) -> str:
    """Of one core."""
    return f"{number(value)} %"


def or_dash(value: Optional[float], show: Show) -> str:
    """A figure, if there is one."""
    return "–" if value is None else show(value)


def ratio(mine: Optional[float], others: Optional[float]) -> str:
    """Mine to theirs."""
    return f"{mine / others:.2f}" if mine is not None and others else "–"


def duration(seconds: float) -> str:
    """Of a run, or of what is left of all."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"

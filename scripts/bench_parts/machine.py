"""The machine: its cores, its files, its disk, and what it is called in the results."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import statistics
import subprocess
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable

# More work than this in the last minute, in cores, and the figures are those of somebody else's machine too.
BUSY_LOAD = 0.5
# How often the disk is waited for, to know how long a wait is.
DISK_WAITS = 200
# prctl(2): the child gets a signal when its parent dies, however that dies.
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


class Machine:
    """What there is, and who runs where."""

    def __init__(self) -> None:
        cores = sorted(os.sched_getaffinity(0))
        self.cores = len(cores)
        two = len(cores) >= 2
        self.server_core = cores[0] if two else None
        self.load_core = cores[1] if two else None
        # With two cores, Redis runs where there is room.
        self.redis_core = cores[2] if len(cores) >= 3 else None
        self.files = raise_files()
        self.busy = os.getloadavg()[0]

    def who_runs_where(self) -> str:
        """In words."""
        if self.server_core is None:
            return "one core for everything: the ratios say little, since the load takes its part of it"
        redis = f"core {self.redis_core}" if self.redis_core is not None else "any core"
        return f"server on core {self.server_core}, load on core {self.load_core}, Redis on {redis}"

    def conditions(self, root: Path, folder: Path) -> dict[str, object]:
        """What every line of the results tells, so that it can be judged by itself."""
        return {
            "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
            "cores": self.cores,
            "cpu": cpu_model(),
            "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
            "kernel": f"{platform.system()} {platform.release()}",
            "rustc": first_line(["rustc", "--version"], root),
            "commit": first_line(["git", "describe", "--always", "--dirty"], root),
            "pinned": self.server_core is not None,
            "files": self.files,
            "file_system": file_system(folder),
            "disk_wait_ms": disk_wait_ms(folder),
            "load_average": round(self.busy, 2),
        }


def raise_files() -> int:
    """As many open files as may be; children have as many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else 1_000_000


def on_core(core: int | None) -> Callable[[], None]:
    """What a child does before it becomes the program: stays on a core, and never outlives this one."""

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if core is not None:
            os.sched_setaffinity(0, {core})

    return prepare


def cpu_model() -> str:
    """As the kernel calls it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return " ".join(line.split(":", 1)[1].split())
    return platform.machine()


def first_line(words: list[str], folder: Path) -> str:
    """What a program says; nothing if it is not there."""
    try:
        said = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    return said.strip().splitlines()[0] if said.strip() else ""


def file_system(folder: Path) -> str:
    """What kind it is: on a tmpfs no commit waits for a disk."""
    found = ("", "")
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind = line.split()[:3]
        if (where == "/" or f"{folder}/".startswith(f"{where}/")) and len(where) >= len(found[0]):
            found = (where, kind)
    return found[1]


def disk_wait_ms(folder: Path) -> float:
    """How long the disk takes for a page that has to be safe (median)."""
    path, took = folder / "disk", []
    with path.open("wb", buffering=0) as file:
        for _ in range(DISK_WAITS):
            file.write(b"x" * 4_096)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    path.unlink()
    return round(statistics.median(took) * 1_000, 3)

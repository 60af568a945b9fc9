"""The programs that are measured and that measure: built or given, started, asked whether they are ready, and ended."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Callable, Iterator

from bench_parts.machine import Machine, on_core

# After this much, a server that is not ready does not get ready.
PATIENCE_S = 30
# How often a server is started anew when somebody else took the port that was free a moment ago.
TRIES_MAX = 5
# So much of what a server said is shown when it fails.
LOG_LINES_MAX = 15

# All load comes from one address, and more of it than anybody should send.
LOAD_TOML = """\
server.bind = "{address}"
store.url = "{store_url}"
mail.smtp_url = "file:outbox/"
mail.from = "notify@shop.test"
log.filter = "warn"
limits.connections = 1000000
limits.connections_per_ip = 1000000
limits.connections_per_account = 1000000
limits.frames_per_second = 1000000
limits.bytes_per_second = 1000000000
limits.visitor_messages_per_minute = 1000000000
limits.visitor_messages_per_minute_per_ip = 1000000000
limits.new_conversations_per_minute_per_ip = 1000000000
"""


class CannotStart(Exception):
    """Something that is needed is not there, or does not come up."""


class RunFailed(Exception):
    """A run did not end as it should."""


@dataclass(frozen=True)
class Programs:
    """Where the programs are."""

    doorbell: Path
    load: Path
    yardstick: Path

    @staticmethod
    def find(root: Path, folder: Path | None, given: dict[str, Path | None]) -> Programs:
        """Those that are named, those of a folder, or those that are built now."""
        examples = None
        if folder is None and not all(given.values()):
            build(root)
            folder = Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "release"
        if folder is not None:
            examples = folder / "examples" if (folder / "examples").is_dir() else folder
        paths = {
            "doorbell": given["doorbell"] or (folder / "doorbell" if folder else None),
            "load": given["load"] or (examples / "load" if examples else None),
            "yardstick": given["yardstick"] or (examples / "yardstick" if examples else None),
        }
        for name, path in paths.items():
            if path is None or not os.access(path, os.X_OK):
                raise CannotStart(f"there is no {name} at {path}")
        return Programs(**{name: path.resolve() for name, path in paths.items() if path is not None})


def build(root: Path) -> None:
    """The three programs, as they are shipped."""
    words = ["cargo", "build", "--release", "--bin", "doorbell", "--example", "load", "--example", "yardstick"]
    try:
        built = subprocess.run(words, cwd=root, check=False)
    except OSError as why:
        raise CannotStart(f"cargo cannot be run: {why}") from why
    if built.returncode != 0:
        raise CannotStart("the build failed")


@dataclass(frozen=True)
class Server:
    """A server that is ready."""

    address: str
    process: subprocess.Popen[bytes]
    keys: Path
    log: Path

    def alive(self) -> bool:
        """Whether it has not ended by itself."""
        return self.process.poll() is None


def has_redis() -> bool:
    """Whether there is one to be started."""
    return shutil.which("redis-server") is not None


@contextmanager
def started(kind: str, accounts: int, folder: Path, programs: Programs, machine: Machine, root: Path) -> Iterator[Server]:
    """A fresh server of this kind with so many accounts, in this folder. It ends with the block."""
    if kind == "yardstick":
        keys = folder / "keys"
        keys.write_text("".join(f"k{number} k{number}\n" for number in range(accounts)))
        with yardstick(folder, programs, machine) as (address, process):
            yield Server(address, process, keys, folder / "server.log")
    elif kind == "redis":
        with redis(folder, machine, root) as url, doorbell(url, accounts, folder, programs, machine) as server:
            yield server
    else:
        with doorbell("sqlite:doorbell.db", accounts, folder, programs, machine) as server:
            yield server


@contextmanager
def doorbell(store_url: str, accounts: int, folder: Path, programs: Programs, machine: Machine) -> Iterator[Server]:
    """The accounts are made first: they are there when the server starts, as at any start but the very first."""
    config, keys, log = folder / "load.toml", folder / "keys", folder / "server.log"
    config.write_text(LOAD_TOML.format(address="127.0.0.1:0", store_url=store_url))
    make_accounts(programs.load, machine, folder, accounts, keys)
    for _ in range(TRIES_MAX):
        port = free_port()
        config.write_text(LOAD_TOML.format(address=f"127.0.0.1:{port}", store_url=store_url))
        words = [str(programs.doorbell), "serve", "--config", "load.toml"]
        with running(words, folder, machine.server_core, log) as process:
            if wait_until(lambda: is_healthy(port), process):
                yield Server(f"127.0.0.1:{port}", process, keys, log)
                return
    raise CannotStart(f"doorbell does not get ready:\n{tail(log)}")


def make_accounts(load: Path, machine: Machine, folder: Path, number: int, keys: Path) -> None:
    """As many as `load` is asked for, each with an operator who is logged in."""
    words = [str(load), "accounts", "--config", "load.toml", "--number", str(number)]
    with keys.open("wb") as out, (folder / "accounts.log").open("wb") as log:
        with running(words, folder, machine.load_core, log, out) as process:
            if process.wait() != 0:
                raise CannotStart(f"no accounts can be made:\n{tail(folder / 'accounts.log')}")


@contextmanager
def yardstick(folder: Path, programs: Programs, machine: Machine) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The bare server, and its address."""
    log = folder / "server.log"
    for _ in range(TRIES_MAX):
        port = free_port()
        address = f"127.0.0.1:{port}"
        words = [str(programs.yardstick), "--bind", address]
        with running(words, folder, machine.server_core, log) as process:
            if wait_until(lambda: is_listening(port), process):
                yield address, process
                return
    raise CannotStart(f"the yardstick does not get ready:\n{tail(log)}")


@contextmanager
def redis(folder: Path, machine: Machine, root: Path) -> Iterator[str]:
    """A Redis from the repository's `redis.conf`, and its URL."""
    data, log = folder / "redis", folder / "redis.log"
    data.mkdir()
    shutil.copy(root / "redis.conf", folder / "redis.conf")
    for _ in range(TRIES_MAX):
        port = free_port()
        words = ["redis-server", str(folder / "redis.conf"), "--port", str(port), "--dir", str(data), "--bind", "127.0.0.1"]
        with running(words, folder, machine.redis_core, log, log) as process:
            if wait_until(lambda: answers_ping(port), process):
                yield f"redis://127.0.0.1:{port}/0"
                return
    raise CannotStart(f"redis-server does not get ready:\n{tail(log)}")


@contextmanager
def running(
    words: list[str], folder: Path, core: int | None, log: Path | IO[bytes], out: Path | IO[bytes] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block. An interrupt reaches this script alone, which ends it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOORBELL_")}
    errors = log.open("wb") if isinstance(log, Path) else log
    output = errors if out is log else out
    try:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output or subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            preexec_fn=on_core(core),
        )
    except OSError as why:
        raise CannotStart(f"{words[0]} cannot be run: {why}") from why
    try:
        yield process
    finally:
        # What it holds is thrown away: nothing has to be saved.
        process.kill()
        process.wait()
        if isinstance(log, Path):
            errors.close()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> bool:
    """Whether it gets ready. If it ends instead, somebody may have taken its port."""
    ends = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < ends:
        if ready():
            return True
        time.sleep(0.02)
    return False


def is_healthy(port: int) -> bool:
    """Whether doorbell says so."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def is_listening(port: int) -> bool:
    """Whether somebody takes a connection."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def answers_ping(port: int) -> bool:
    """Whether Redis does."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def tail(log: Path) -> str:
    """The end of what it said."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"    {line}" for line in lines[-LOG_LINES_MAX:]) or "    (it said nothing)"

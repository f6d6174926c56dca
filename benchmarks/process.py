"""Running a server as a separate process, and measuring its resources."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
_START_TIMEOUT_S: Final = 60
_STOP_TIMEOUT_S: Final = 20
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_PAGE_MB: Final = os.sysconf("SC_PAGE_SIZE") / 2**20


class ServerError(RuntimeError):
    """A server or its seed command failed; the text ends with its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """One server and its workers."""

    port: int
    pid: int
    database: int | None = None
    """The process of its database server; None if the database is a file."""

    @property
    def url(self) -> str:
        """The URL at which it listens."""
        return f"http://127.0.0.1:{self.port}"

    def cpu_s(self) -> float:
        """User and system processor seconds since the start, including its database server's."""
        roots = [self.pid] if self.database is None else [self.pid, self.database]
        return sum(_stat(pid)[1] for pid in _with_descendants(roots))

    def rss_mb(self) -> float:
        """Resident memory of all its processes in MiB; shared pages count once for each process."""
        return sum(_resident_mb(pid) for pid in _with_descendants([self.pid]))


def _with_descendants(roots: list[int]) -> list[int]:
    """The processes and all their descendants."""
    pids = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    parents = {pid: _stat(pid)[0] for pid in pids}
    family = list(roots)
    for pid in family:
        family += [child for child, parent in parents.items() if parent == pid]
    return family


def _stat(pid: int) -> tuple[int, float]:
    """Parent and processor seconds (proc(5)); zeros for a process that is gone."""
    try:
        # The name in parentheses may contain anything, so fields are counted from its end.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0.0
    return int(fields[1]), (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def _resident_mb(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MB
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


@contextmanager
def running(
    command: Callable[[int], list[str]],
    *,
    environment: Mapping[str, str],
    log: Path,
    database: int | None = None,
) -> Iterator[RunningServer]:
    """Start a server on a free port and stop it afterwards. Raises `ServerError`."""
    port = _free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command(port),
            cwd=ROOT,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_it_responds(process, port, log)
        yield RunningServer(port=port, pid=process.pid, database=database)
    finally:
        _stop(process)


def run_to_end(command: list[str], *, environment: Mapping[str, str], log: Path) -> None:
    """Run a command that prepares something. Raises `ServerError`."""
    with log.open("wb") as output:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise ServerError(f"{' '.join(command)} failed: {_end_of(log)}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_responds(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    give_up = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise ServerError(f"the server exited immediately: {_end_of(log)}")
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_START_TIMEOUT_S)
            connection.request("GET", "/hello")
            connection.getresponse()
            connection.close()
            return
        time.sleep(0.05)
    raise ServerError(f"the server did not respond in {_START_TIMEOUT_S} s: {_end_of(log)}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        # The server started a new session, so this ends its workers and nothing else.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]

"""Where the output goes: terminals of any encoding, full disks, readers that leave."""

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.example_server import example_environment

NAME = "Notizbücher 日本 👩‍👩‍👧"
CREATE = ("client", "create", "--name", NAME, "--grant-type", "client_credentials")


def qscope(
    database_url: str, *words: str, out: int = subprocess.PIPE, **environment: str
) -> tuple[int, str]:
    """Run the command as a process; exit code, and all that it printed."""
    completed = subprocess.run(
        [str(Path(sys.executable).with_name("qscope")), *words],
        env=example_environment(QSCOPE_DATABASE_URL=database_url, **environment),
        stdout=out,
        stderr=subprocess.PIPE,
        check=False,
    )
    return completed.returncode, (completed.stdout or b"").decode() + completed.stderr.decode()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_secret_is_shown_whatever_the_terminal_can_write(
    upgraded: Run, database_url: str, encoding: str
) -> None:
    """It is shown once: the name beside it must not get in its way."""
    code, printed = qscope(database_url, *CREATE, "--json", PYTHONIOENCODING=encoding)
    listed, table = qscope(database_url, "client", "list", PYTHONIOENCODING="ascii")

    assert code == listed == 0
    assert json.loads(printed)["client_secret"]
    assert json.loads(printed)["name"] == NAME
    assert "Notizb\\xfccher" in table


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_full_disk_is_reported_in_one_line(
    upgraded: Run, database_url: str, as_json: tuple[str, ...]
) -> None:
    """And so is that the client exists now."""
    with Path("/dev/full").open("wb") as full:
        code, printed = qscope(database_url, *CREATE, *as_json, out=full.fileno())

    assert code == 1
    assert printed.count("\n") == 1
    assert "succeeded, but its output cannot be written" in printed
    assert len(upgraded("client", "list", "--json").json) == 1


@pytest.mark.parametrize("closed", ["1", "2"])
def test_closed_stream_is_no_traceback(upgraded: Run, database_url: str, closed: str) -> None:
    """Without standard output nothing is done: the secret would be lost."""
    command = shlex.join([str(Path(sys.executable).with_name("qscope")), *CREATE])
    completed = subprocess.run(
        ["/bin/sh", "-c", f"exec {command} {closed}>&-"],
        env=example_environment(QSCOPE_DATABASE_URL=database_url),
        capture_output=True,
        text=True,
        check=False,
    )

    made = upgraded("client", "list", "--json").json
    if closed == "1":
        assert (completed.returncode, made) == (1, [])
        assert completed.stderr == "qscope: Standard output is closed.\n"
    else:
        assert (completed.returncode, len(made)) == (0, 1)
        assert "client_secret: " in completed.stdout


def test_table_fits_a_narrow_terminal_without_colour(upgraded: Run, database_url: str) -> None:
    """Cells are folded, not cut; NO_COLOR (no-color.org) leaves bold headings."""
    upgraded("client", "create", "--name", "Notes", "--grant-type", "client_credentials")
    ours, theirs = pty.openpty()

    code, _ = qscope(
        database_url, *("client", "list"), out=theirs, COLUMNS="40", NO_COLOR="1", TERM="xterm"
    )

    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    lines = re.sub(r"\x1b\[[01]m", "", shown).splitlines()
    assert code == 0
    assert "\x1b" not in "".join(lines)
    assert all(len(line) <= 40 for line in lines)
    assert "".join(line.split()[0] for line in lines if line.strip()).startswith("client_id")


def test_reader_that_leaves_is_no_error_to_speak_of(upgraded: Run, database_url: str) -> None:
    """`qscope audit list | head` prints the head, and nothing after it."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        code, printed = qscope(database_url, "client", "list", "--json", out=writing)
    finally:
        os.close(writing)

    assert (code, printed) == (1, "")

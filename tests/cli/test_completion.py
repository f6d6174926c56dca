"""`qscope completion`, in the shells themselves."""

import json
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.example_server import example_environment

SCRIPTS = str(Path(sys.executable).parent)


def environment() -> dict[str, str]:
    path = f"{SCRIPTS}:{os.environ['PATH']}"
    return example_environment(PATH=path, TERM="dumb", PS1="ready> ", HISTFILE="/dev/null")


def need(shell: str) -> str:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    return path


class Terminal:
    """A terminal: keys to press, and a screen to read."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._screen = ""

    def press(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def wait_for(self, text: str, within_s: float = 60) -> None:
        """Read until the text appears, and discard what precedes it."""
        end = time.monotonic() + within_s
        while text not in self._screen:
            readable, _, _ = select.select([self._descriptor], [], [], end - time.monotonic())
            assert readable, f"{text!r} did not appear; the screen shows {self._screen!r}"
            self._screen += os.read(self._descriptor, 4096).decode(errors="replace")
        self._screen = self._screen.partition(text)[2]


@contextmanager
def terminal(*command: str) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, env=environment(), stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    try:
        yield Terminal(ours)
    finally:
        process.kill()
        process.wait(30)
        os.close(ours)


def ask_bash(*words: str) -> list[str]:
    """What bash offers for the last of the words."""
    script = (
        "source <(qscope completion bash); complete -p qscope > /dev/null || exit;"
        ' COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _qscope_completion qscope;'
        ' printf "%s\\n" "${COMPREPLY[@]}"'
    )
    asked = subprocess.run(
        [need("bash"), "--norc", "-c", script, "bash", *words],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return asked.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("qscope", "cl"), ["client"]),
        (
            ("qscope", "client", ""),
            ["create", "delete", "disable", "enable", "list", "rotate-secret", "show"],
        ),
        (("qscope", "db", "u"), ["upgrade"]),
        (("qscope", "client", "create", "--redirect"), ["--redirect-uri"]),
        (("qscope", "client", "create", "--grant-type", "re"), ["refresh_token"]),
        (("qscope", "client", "create", "--auth-method", "p"), ["private_key_jwt"]),
        (("qscope", "completion", ""), ["bash", "zsh", "fish"]),
    ],
)
def test_bash_offers_what_can_follow(words: tuple[str, ...], offered: list[str]) -> None:
    """It offers commands, options, and values that are known in advance."""
    assert ask_bash(*words) == offered


@pytest.mark.parametrize(
    ("shell", "options", "before"),
    [
        ("bash", ("--norc", "--noprofile", "-i"), ""),
        ("zsh", ("-f", "-i"), "autoload -Uz compinit && compinit -D; "),
    ],
)
def test_tab_key_completes_the_command(shell: str, options: tuple[str, ...], before: str) -> None:
    """As a person uses it, in a terminal."""
    with terminal(need(shell), *options) as screen:
        screen.wait_for("ready> ")
        screen.press(f"{before}source <(qscope completion {shell}); echo so'urced'\r")
        screen.wait_for("sourced")
        screen.wait_for("ready> ")

        screen.press("qscope client rot\t")

        screen.wait_for("ate-secret")


def test_fish_completes_the_command() -> None:
    """It prints what it would offer."""
    asked = subprocess.run(
        [need("fish"), "-N", "-c", "qscope completion fish | source; complete -C 'qscope cl'"],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    assert asked.stdout.split("\t")[0].split() == ["client"]


def test_script_is_a_field_when_json_is_asked_for(run: Run) -> None:
    """Like every command, it prints one JSON document."""
    plain = run("completion", "bash")
    as_json = run("completion", "bash", "--json")

    assert json.loads(as_json.out) == {"script": plain.out.removesuffix("\n")}


def test_unknown_shell_is_one_line(run: Run) -> None:
    """It says which there are."""
    outcome = run("completion", "tcsh")

    assert outcome.code == 2
    assert "bash" in outcome.err
    assert outcome.err.count("\n") == 1

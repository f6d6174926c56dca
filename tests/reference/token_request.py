"""The files that a token request enters, as `python -m benchmarks.trace` finds them."""

import json
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import PurePosixPath
from typing import Final

from tests.reference.drawing import CHARACTER, Drawing
from tests.reference.source import ROOT, code, summary, table

GRANTS: Final = ("client_credentials", "refresh_token")
_LANES: Final = ("asgi, server", "features, shared rooms", "kernel", "store")
_WIDTH: Final = 176
_HEIGHT: Final = 20
_STEP: Final = 31
_LEFT: Final = 14
_TOP: Final = 42


def trace() -> dict[str, list[str]]:
    """For each grant its files, in the order in which a request enters them."""
    command = [sys.executable, "-m", "benchmarks.trace", "--json", "--grants", *GRANTS]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {grant: list(each["files"]) for grant, each in json.loads(run.stdout).items()}


def files(files: Sequence[str]) -> str:
    """The files as a table, with what each says about itself."""
    rows = (
        (str(number), code(file), summary(import_module(_module(file))))
        for number, file in enumerate(files, start=1)
    )
    return table(("", "file", "content"), rows)


def picture(grant: str, files: Sequence[str]) -> str:
    """The files in lanes, from the framework's route to the driver's call."""
    drawing = Drawing(f"The files of a token request with {grant}")
    for index, lane in enumerate(_LANES):
        x = _x(index)
        drawing.text(x + (_WIDTH - 8) / 2, 26, lane, "strong", anchor="middle")
        if index:
            drawing.rule(x - 4, 14, _TOP + len(files) * _STEP)
    for number, file in enumerate(files):
        x, y = _x(_lane(file)), _TOP + number * _STEP
        width = _WIDTH - 8
        if number + 1 < len(files):
            start, end = x + width / 2, _x(_lane(files[number + 1])) + width / 2
            middle = y + (_STEP + _HEIGHT) / 2
            below = y + _STEP
            drawing.line(((start, y + _HEIGHT), (start, middle), (end, middle), (end, below)))
        drawing.box(x, y, width, _HEIGHT, "head" if _is_rule(file) else "box")
        drawing.text(x + width / 2, y + 14, _shown(file), "code", anchor="middle")
    return drawing.svg()


def _x(lane: int) -> float:
    return _LEFT + lane * _WIDTH


def _lane(file: str) -> int:
    parts = PurePosixPath(file).parts
    if parts[0] == "qscope_store":
        return 3
    return {"asgi": 0, "server": 0, "kernel": 2}.get(parts[2], 1)


def _is_rule(file: str) -> bool:
    """Whether the file is of the grant alone, in the protocol or in the store."""
    return file.endswith("/grant.py") or "/sql/grants/" in file


def _shown(file: str) -> str:
    """The last two parts of the path, or the name alone where both have no room."""
    short = "/".join(PurePosixPath(file).parts[-2:])
    return short if len(short) * CHARACTER <= _WIDTH - 12 else PurePosixPath(file).name


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

"""What commands print: one record, or rows, for people or as JSON."""

import io
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import rich_click as click
from rich.console import Console
from rich.table import Table
from rich.text import Text

# Wide enough for any row, so that a line in a pipe is never cut.
_PIPE_WIDTH = 10_000


class CommandError(click.ClickException):
    """The command cannot do what it was told; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing; a line for each field."""

    fields: Mapping[str, Any]
    notes: Sequence[str] = ()
    """Said to people on standard error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Several things of a kind; a table."""

    rows: Sequence[Mapping[str, Any]]
    columns: Sequence[str] = field(default=())
    """What people see; JSON holds every field."""
    when_empty: str = "None."
    exit_code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A text that another program reads; with `--json`, in a field."""

    text: str


Answer = Record | Rows | Script


def print_answer(answer: Answer, *, as_json: bool) -> None:
    """Write the answer to standard output.

    Raises `CommandError` when that is full, `BrokenPipeError` when nobody reads it any more.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What was done is done: a character that the terminal lacks must not hide the answer.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _write(answer, as_json=as_json)
        sys.stdout.flush()
    except OSError as error:
        # What is buffered would fail once more, with a traceback, when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise CommandError(
            f"The command was carried out, but its answer cannot be written: {error.strerror}."
        ) from None


def _write(answer: Answer, *, as_json: bool) -> None:
    if isinstance(answer, Record):
        for note in answer.notes:
            click.echo(note, err=True)
    if as_json:
        click.echo(json.dumps(_data(answer), indent=2))
    elif isinstance(answer, Rows):
        _print_table(answer)
    elif isinstance(answer, Script):
        click.echo(answer.text)
    else:
        for name, value in answer.fields.items():
            click.echo(f"{name}: {_text(name, value)}")


def _data(answer: Answer) -> object:
    match answer:
        case Record(fields=fields):
            return fields
        case Rows(rows=rows):
            return rows
        case Script(text=text):
            return {"script": text}


def print_error(error: click.ClickException, *, as_json: bool) -> None:
    """Write one line to standard error."""
    message = " ".join(error.format_message().split())
    if as_json:
        click.echo(json.dumps({"error": message}), err=True)
        return
    if isinstance(error, click.UsageError) and error.ctx is not None:
        message = f"{message.rstrip('.')}. See {error.ctx.command_path} --help."
    click.echo(f"qscope: {message}", err=True)


def _print_table(answer: Rows) -> None:
    if not answer.rows:
        click.echo(answer.when_empty)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in answer.columns:
        table.add_column(column, overflow="fold")
    for row in answer.rows:
        # As Text, so that a name such as "[red]" stays what it is.
        table.add_row(*(Text(_text(column, row[column])) for column in answer.columns))
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    Console(file=sys.stdout, width=width).print(table)


def _text(name: str, value: object) -> str:
    if isinstance(value, int) and name.endswith("_at"):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    match value:
        case None | () | []:
            return "-"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return " ".join(map(str, value))
        case dict():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)

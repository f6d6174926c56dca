"""What commands print: a record, rows or a script, as text or as JSON."""

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

# Wide enough for any row, so that no line is wrapped in a pipe.
_PIPE_WIDTH = 10_000


class CommandError(click.ClickException):
    """The command failed; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One object, printed with a line for each field."""

    fields: Mapping[str, Any]
    notes: Sequence[str] = ()
    """Lines for standard error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Several objects of one kind, printed as a table."""

    rows: Sequence[Mapping[str, Any]]
    columns: Sequence[str] = field(default=())
    """The columns of the table; JSON contains every field."""
    when_empty: str = "None."
    exit_code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Text for another program, printed as it is, or with `--json` in a field."""

    text: str


Output = Record | Rows | Script


def print_output(output: Output, *, as_json: bool) -> None:
    """Write the result of a command to standard output.

    Raises `CommandError` when it cannot be written, `BrokenPipeError` when its reader has left.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The command has taken effect, so a character unknown to the terminal must not hide that.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _write(output, as_json=as_json)
        sys.stdout.flush()
    except OSError as error:
        # Otherwise the buffer is flushed, and fails again with a traceback, at process exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise CommandError(
            f"The command succeeded, but its output cannot be written: {error.strerror}."
        ) from None


def _write(output: Output, *, as_json: bool) -> None:
    if isinstance(output, Record):
        for note in output.notes:
            click.echo(note, err=True)
    if as_json:
        click.echo(json.dumps(_data(output), indent=2))
    elif isinstance(output, Rows):
        _print_table(output)
    elif isinstance(output, Script):
        click.echo(output.text)
    else:
        for name, value in output.fields.items():
            click.echo(f"{name}: {_text(name, value)}")


def _data(output: Output) -> object:
    match output:
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


def _print_table(output: Rows) -> None:
    if not output.rows:
        click.echo(output.when_empty)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in output.columns:
        table.add_column(column, overflow="fold")
    for row in output.rows:
        # As Text, so that a name such as "[red]" is not taken for markup.
        table.add_row(*(Text(_text(column, row[column])) for column in output.columns))
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

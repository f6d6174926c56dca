"""The `qscope` command: databases, clients, users, grants and the audit log of a server.

Every command accepts `--json`, with which standard output holds one JSON document and nothing else.
An error is one line on standard error, also JSON with `--json`, and changes nothing. The exit code
is 0 on success, 1 when the command fails, and 2 when its arguments are invalid.
"""

import sys
from collections.abc import Sequence
from typing import Any

import rich_click as click

from qscope_integrations.cli.audit import audit
from qscope_integrations.cli.client import client
from qscope_integrations.cli.completion import PROGRAM, completion
from qscope_integrations.cli.db import db
from qscope_integrations.cli.doctor import doctor
from qscope_integrations.cli.grant import grant
from qscope_integrations.cli.output import CommandError, print_error
from qscope_integrations.cli.run import DatabaseUrl, GivenServer
from qscope_integrations.cli.user import user
from qscope_integrations.core.server.config import QScopeConfig
from qscope_store.contracts import Storage

__all__ = ["commands_for", "main", "qscope"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--database-url",
    envvar="QSCOPE_DATABASE_URL",
    show_envvar=True,
    help="URL of the database, such as sqlite:///var/demo.db. Every command also accepts it.",
)
@click.version_option(package_name="qscope")
@click.pass_context
def qscope(context: click.Context, database_url: str | None) -> None:
    """Manage the database of an OAuth 2 authorization server."""
    context.obj = DatabaseUrl(database_url)


_COMMANDS = (db, client, user, grant, audit, doctor)
for command in (*_COMMANDS, completion):
    qscope.add_command(command)


def commands_for(config: QScopeConfig, storage: Storage[Any]) -> click.RichGroup:
    """The same commands for a given server, for the command line of a framework."""

    @click.group(name="qscope", context_settings={"help_option_names": ["-h", "--help"]})
    @click.pass_context
    def group(context: click.Context) -> None:
        """Manage the database of the OAuth 2 authorization server."""
        context.obj = GivenServer(config=config, storage=storage)

    for command in _COMMANDS:
        group.add_command(command)
    return group


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stdout is None:
        # Checked first: a secret is shown only once, so none is created that cannot be printed.
        print_error(CommandError("Standard output is closed."), as_json="--json" in words)
        return 1
    try:
        code = qscope.main(words, prog_name=PROGRAM, standalone_mode=False)
    except click.ClickException as error:
        print_error(error, as_json="--json" in words)
        return error.exit_code
    except click.Abort:
        return 130
    return code if isinstance(code, int) else 0

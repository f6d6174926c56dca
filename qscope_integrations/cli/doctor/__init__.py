"""`qscope doctor`: what is unsafe about a server, its database and its clients."""

from dataclasses import asdict
from typing import Any

import rich_click as click
from click import get_current_context

from qscope_integrations.cli.doctor.clients import check_clients
from qscope_integrations.cli.doctor.named_server import load_server
from qscope_integrations.cli.doctor.settings import acceptable_names, check_settings
from qscope_integrations.cli.output import Output, Rows
from qscope_integrations.cli.run import GivenServer, opened, with_storage
from qscope_integrations.core.feature import Finding
from qscope_integrations.core.server.features import FEATURES
from qscope_store.contracts import SchemaError, Storage

__all__ = ["doctor"]


def _take_server(context: click.Context, _: click.Parameter, reference: str | None) -> None:
    """Prefer the named server over the group's, so that its storage is the default database."""
    if reference is not None:
        context.obj = load_server(reference)


@click.command()
@click.option(
    "--config",
    callback=_take_server,
    expose_value=False,
    metavar="MODULE:NAME",
    help="The server's settings, such as myapp.main:qscope: a QScopeConfig, a QScope, a"
    " QScopePlugin, or a function that returns one. Without it, settings are not checked.",
)
@click.option(
    "--accept",
    "accepted",
    multiple=True,
    metavar="NAME",
    help="Do not report the finding with this name. Repeat for several.",
)
@with_storage
async def doctor(storage: Storage[Any], *, accepted: tuple[str, ...]) -> Output:
    """Report what is unsafe in settings, schema and clients. Exits with 1 if anything is."""
    server = get_current_context().find_object(GivenServer)
    findings = [] if server is None else list(check_settings(server.config))
    names = acceptable_names(None if server is None else server.config)
    for name in accepted:
        if name not in names:
            raise click.UsageError(
                f"--accept: {name!a} is unknown; the names are {', '.join(sorted(names))}."
            )
    findings = [finding for finding in findings if finding.name not in accepted]
    kinds = FEATURES if server is None else [type(each) for each in server.config.features]
    try:
        async with opened(storage) as work:
            findings += [finding async for finding in check_clients(work, kinds)]
    except SchemaError as error:
        findings.append(Finding(area="schema", name="database", problem=str(error)))
    return Rows(
        rows=[asdict(finding) for finding in findings],
        columns=("area", "name", "problem"),
        when_empty="Nothing unsafe found." if server else _DATABASE_ONLY,
        exit_code=1 if findings else 0,
    )


_DATABASE_ONLY = "Nothing unsafe found in the database. To check settings as well, use --config."

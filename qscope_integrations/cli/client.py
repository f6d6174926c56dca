"""`qscope client`: the applications that may ask for tokens."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import rich_click as click

from qscope_integrations.cli.completion import one_of
from qscope_integrations.cli.names import NO_CLIENT, client_named
from qscope_integrations.cli.output import Answer, CommandError, Record, Rows
from qscope_integrations.cli.rows import client_fields, every_row, registration_fields
from qscope_integrations.cli.run import CREATED_BY, Work, need, with_store
from qscope_integrations.core.registration import AuthMethod, GrantType, new_registration
from qscope_integrations.core.secrets import generate_secret, hash_client_secret
from qscope_store.models import AuditEventType, Client, ClientIdentifier
from qscope_store.result import ErrorCode, FailedResult

_PASSWORD_WARNING = (
    "Warning: the password grant is deprecated (RFC 9700 section 2.4) and off unless the server"
    " turns it on."
)


@click.group()
def client() -> None:
    """Register and change clients."""


@client.command()
@click.option("--name", required=True, help="What people read on the consent page.")
@click.option(
    "--grant-type",
    "grant_types",
    multiple=True,
    required=True,
    shell_complete=one_of(GrantType),
    help=f"May be given again. One of {', '.join(GrantType)}.",
)
@click.option("--scope", "scopes", multiple=True, help="May be given again.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="May be given again.")
@click.option("--public", "is_public", is_flag=True, help="It cannot keep a secret.")
@click.option("--id", "client_identifier", help="The client_id; made when left out.")
@click.option(
    "--auth-method",
    shell_complete=one_of(AuthMethod),
    help=f"One of {', '.join(AuthMethod)}.",
)
@click.option(
    "--jwks",
    "jwks_file",
    type=click.Path(),
    help="A file with its public keys, for private_key_jwt.",
)
@click.option(
    "--introspect-all",
    "may_introspect_all",
    is_flag=True,
    help="It is an API: it may introspect access tokens of other clients.",
)
@with_store
async def create(
    work: Work, *, scopes: tuple[str, ...], jwks_file: str | None, **values: Any
) -> Answer:
    """Register a client, and print its client_id and, this once, its client_secret."""
    registration, secret = new_registration(
        **values,
        jwks=None if jwks_file is None else _read_jwks(Path(jwks_file)),
        scopes=[token for scope in scopes for token in scope.split(" ")],
        created_by=CREATED_BY,
        now=work.now,
    )
    row = registration.client
    event = work.audit(AuditEventType.CLIENT_REGISTERED, row.id, client_id=row.id)
    result = await work.session.clients.register(registration, audit=event, ray_id=work.ray_id)
    if isinstance(result, FailedResult) and result.error_code is ErrorCode.CONFLICT:
        raise CommandError("client_id: it is taken; choose another --id or leave it out.")
    need(result)
    return Record(
        fields=_with_secret(row, secret) | client_fields(row),
        notes=(_PASSWORD_WARNING,) if GrantType.PASSWORD in row.grant_types else (),
    )


@client.command("list")
@with_store
async def list_clients(work: Work) -> Answer:
    """Show all clients."""
    rows = [client_fields(row) async for row in every_row(work.session.clients, work.ray_id)]
    columns = ("client_id", "name", "is_enabled", "grant_types", "scopes")
    return Rows(rows=rows, columns=columns)


@client.command()
@click.argument("client_id")
@with_store
async def show(work: Work, *, client_id: str) -> Answer:
    """Show one client with its configuration."""
    clients, identifier = work.session.clients, ClientIdentifier(client_id)
    registration = need(await clients.get_registration(identifier, ray_id=work.ray_id), NO_CLIENT)
    return Record(fields=registration_fields(registration))


@client.command()
@click.argument("client_id")
@with_store
async def disable(work: Work, *, client_id: str) -> Answer:
    """Refuse the client, and every code and token it has, from now on."""
    return await _set_enabled(work, client_id, is_enabled=False)


@client.command()
@click.argument("client_id")
@with_store
async def enable(work: Work, *, client_id: str) -> Answer:
    """Accept a disabled client, and its tokens, again."""
    return await _set_enabled(work, client_id, is_enabled=True)


@client.command()
@click.argument("client_id")
@with_store
async def delete(work: Work, *, client_id: str) -> Answer:
    """Remove the client and every grant, code and token it has; the audit log stays."""
    row = await client_named(work, client_id)
    event = work.audit(
        AuditEventType.CLIENT_DELETED,
        row.id,
        client_id=row.id,
        metadata={"client_identifier": client_id},
    )
    need(await work.session.clients.remove(row.id, audit=event, ray_id=work.ray_id), NO_CLIENT)
    return Record(fields=client_fields(row))


@client.command("rotate-secret")
@click.argument("client_id")
@with_store
async def rotate_secret(work: Work, *, client_id: str) -> Answer:
    """Replace the secret at once, and print the new one, this once."""
    row = await client_named(work, client_id)
    if row.client_secret is None:
        raise CommandError("The client is public or signs with a key: it has no secret to replace.")
    secret = generate_secret()
    await _change(
        work,
        replace(row, client_secret=hash_client_secret(secret), client_secret_expires_at=None),
        {"changed": ["client_secret"]},
    )
    return Record(fields=_with_secret(row, secret))


def _read_jwks(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise CommandError(f"--jwks: {path} cannot be read ({error.strerror}).") from None
    except (ValueError, RecursionError):
        raise CommandError(f"--jwks: {path} is not JSON; give a JWK set.") from None


def _with_secret(row: Client, secret: str | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"client_id": row.client_identifier}
    return fields if secret is None else fields | {"client_secret": secret}


async def _set_enabled(work: Work, client_id: str, *, is_enabled: bool) -> Answer:
    row = await client_named(work, client_id)
    if row.is_enabled is not is_enabled:
        row = await _change(work, replace(row, is_enabled=is_enabled), {"is_enabled": is_enabled})
    return Record(fields=client_fields(row))


async def _change(work: Work, row: Client, metadata: dict[str, Any]) -> Client:
    event = work.audit(AuditEventType.CLIENT_UPDATED, row.id, client_id=row.id, metadata=metadata)
    changed = replace(row, stamp=row.stamp.touched(work.now, CREATED_BY))
    return need(await work.session.clients.change(changed, audit=event, ray_id=work.ray_id))

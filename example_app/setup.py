"""Setup of the example: database, tables, two users, two or three clients. It is idempotent."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from example_app.audit import audit_event
from example_app.database import fetch
from example_app.device import DEVICE_CLIENT_ID, DEVICE_GRANT
from example_app.docs import DOCS_CALLBACKS, DOCS_CLIENT_ID
from example_app.passwords import hash_password
from example_app.schema import TABLES
from example_app.settings import Settings
from example_app.try_it import CALLBACK_PATH, CLIENT_ID
from example_app.users import DemoUser, add_user, find_user
from qscope_integrations import ClientMetadata, new_registration
from qscope_store.contracts import Storage, StoreSession
from qscope_store.models import AuditEventType, Client, ClientIdentifier, ClientRegistration, new_id
from qscope_store.result import ErrorCode, FailedResult, Result

USERS: Final = (("alice", "Alice", "wonderland"), ("bob", "Bob", "builder"))
_ACTOR: Final = "example-setup"


async def set_up(settings: Settings, storage: Storage[Any], scopes: tuple[str, ...]) -> None:
    """Create or upgrade the database and add the demo data. Raises `StorageError`."""
    await storage.upgrade()
    await storage.open()
    try:
        async with storage.session(new_id()) as session:
            await _add_tables_and_users(await session.connection())
        async with storage.session(new_id()) as session:
            for client_id, name, redirect_uri in _site_clients(settings):
                await _register_site(session, client_id, name, redirect_uri, scopes)
            await _register_device(session, scopes)
    finally:
        await storage.close()


async def _add_tables_and_users(connection: Any) -> None:
    for table in TABLES:
        await fetch(connection, table)
    for username, name, password in USERS:
        if await find_user(connection, username=username) is None:
            user = DemoUser(
                id=new_id(), username=username, name=name, password_hash=hash_password(password)
            )
            await add_user(connection, user)


def _site_clients(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """The client_id, name and redirect URI of each client that runs in a browser."""
    yield CLIENT_ID, "qscope demo client", settings.origin + CALLBACK_PATH
    docs_callback = DOCS_CALLBACKS.get(settings.framework)
    if docs_callback is not None:
        yield DOCS_CLIENT_ID, "API documentation", settings.origin + docs_callback


async def _register_site(
    session: StoreSession[Any],
    client_id: str,
    name: str,
    redirect_uri: str,
    scopes: tuple[str, ...],
) -> None:
    identifier = ClientIdentifier(client_id)
    found = await session.clients.get_by_client_identifier(identifier, ray_id=session.ray_id)
    if not isinstance(found, FailedResult):
        await _add_redirect_uri(session, found.client_message, redirect_uri)
        return
    metadata = ClientMetadata(
        client_name=name,
        grant_types=("authorization_code", "refresh_token"),
        scope=scopes,
        redirect_uris=(redirect_uri,),
        token_endpoint_auth_method="none",
    )
    registration, _ = new_registration(
        metadata, client_identifier=client_id, created_by=_ACTOR, now=int(time.time())
    )
    await _register(session, registration)


async def _register_device(session: StoreSession[Any], scopes: tuple[str, ...]) -> None:
    identifier = ClientIdentifier(DEVICE_CLIENT_ID)
    found = await session.clients.get_by_client_identifier(identifier, ray_id=session.ray_id)
    if not isinstance(found, FailedResult):
        return
    metadata = ClientMetadata(
        client_name="qscope demo device",
        grant_types=(DEVICE_GRANT, "refresh_token"),
        scope=scopes,
        token_endpoint_auth_method="none",
    )
    registration, _ = new_registration(
        metadata, client_identifier=DEVICE_CLIENT_ID, created_by=_ACTOR, now=int(time.time())
    )
    await _register(session, registration)


async def _register(session: StoreSession[Any], registration: ClientRegistration) -> None:
    event = audit_event(
        session,
        AuditEventType.CLIENT_REGISTERED,
        client_id=registration.client.id,
        actor=_ACTOR,
    )
    _check(await session.clients.register(registration, audit=event, ray_id=session.ray_id))


async def _add_redirect_uri(session: StoreSession[Any], client: Client, redirect_uri: str) -> None:
    """The issuer may have changed since the last run, and the client's address with it."""
    if redirect_uri in client.redirect_uris:
        return
    changed = replace(
        client,
        redirect_uris=(*client.redirect_uris, redirect_uri),
        stamp=client.stamp.touched(int(time.time()), _ACTOR),
    )
    event = audit_event(session, AuditEventType.CLIENT_UPDATED, client_id=client.id, actor=_ACTOR)
    _check(await session.clients.change(changed, audit=event, ray_id=session.ray_id))


def _check(result: Result[Any]) -> None:
    # CONFLICT: another process that runs setup at the same time was faster.
    if isinstance(result, FailedResult) and result.error_code is not ErrorCode.CONFLICT:
        raise RuntimeError(result.client_message)

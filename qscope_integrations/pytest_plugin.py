"""Fixtures for the tests of your application: a database file, and valid tokens in it.

Enable them with `pytest_plugins = ["qscope_integrations.pytest_plugin"]` in the topmost
conftest.py. They work in tests with and without an event loop.
"""

import asyncio
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from qscope_integrations.core.clients.metadata import ClientMetadata
from qscope_integrations.core.kernel.secrets import generate_token, token_digest
from qscope_integrations.core.server.registration import new_registration
from qscope_store import (
    AccessToken,
    AuditEvent,
    AuditEventType,
    Client,
    Grant,
    IssuedTokens,
    Result,
    Stamp,
    StoreSession,
    User,
    new_id,
)
from qscope_store.sqlite import SQLiteStorage

_ACTOR: Final = "pytest"


@dataclass(frozen=True, slots=True)
class BearerTokens:
    """Issues access tokens without consent. The fixture `bearer_tokens` is an instance."""

    database: Path

    def __call__(
        self,
        *,
        user: str | None,
        scopes: Collection[str],
        resources: Collection[str] = (),
        ttl_s: int = 3600,
    ) -> dict[str, str]:
        """Issue a token to a new client, and return its `Authorization` header.

        `user` is your application's key of the user; None is a client on its own behalf.
        `resources` are the URIs of the APIs that accept the token. An application with an
        `api_resource` accepts only tokens that include it.
        """
        token = generate_token()
        facts: dict[str, Any] = {"scopes": tuple(scopes), "resource": tuple(resources)}
        work = _issue(self.database, token, user=user, facts=facts, ttl_s=ttl_s)
        # In a separate thread: the test's event loop may be running, and must not be blocked.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, work).result()
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def oauth_database(tmp_path: Path) -> Path:
    """A new database file with the schema of this release, for the application under test."""
    database = tmp_path / "oauth.db"
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, SQLiteStorage(database).upgrade()).result()
    return database


@pytest.fixture
def bearer_tokens(oauth_database: Path) -> BearerTokens:
    """Headers with tokens that are valid in an application on `oauth_database`."""
    return BearerTokens(oauth_database)


async def _issue(
    database: Path, token: str, *, user: str | None, facts: dict[str, Any], ttl_s: int
) -> None:
    storage = SQLiteStorage(database, pool_size=1)
    await storage.open()
    try:
        async with storage.session(new_id()) as session:
            client = await _client(session, facts["scopes"])
            grant = None if user is None else await _grant(session, client, user, facts)
            access_token = AccessToken(
                token=token_digest(token),
                client_id=client.id,
                user_id=None if grant is None else grant.user_id,
                grant_id=None if grant is None else grant.id,
                **facts,
                expires_at=int(time.time()) + ttl_s,
                stamp=_stamp(),
            )
            audit = _audit(session, AuditEventType.TOKEN_ISSUED, access_token.id)
            issued = IssuedTokens(access_token=access_token, grant=grant, audit=audit)
            _need(
                await session.grants.issue_tokens(
                    issued, now=int(time.time()), ray_id=session.ray_id
                )
            )
    finally:
        await storage.close()


async def _client(session: StoreSession[Any], scopes: tuple[str, ...]) -> Client:
    metadata = ClientMetadata(
        client_name="Test client", grant_types=("client_credentials",), scope=scopes
    )
    registration, _ = new_registration(metadata, created_by=_ACTOR, now=int(time.time()))
    audit = _audit(session, AuditEventType.CLIENT_REGISTERED, registration.client.id)
    _need(await session.clients.register(registration, audit=audit, ray_id=session.ray_id))
    return registration.client


async def _grant(
    session: StoreSession[Any], client: Client, user: str, facts: dict[str, Any]
) -> Grant:
    row: User = _need(
        await session.users.ensure(User(external_id=user, stamp=_stamp()), ray_id=session.ray_id)
    )
    return Grant(client_id=client.id, user_id=row.id, **facts, stamp=_stamp())


def _audit(session: StoreSession[Any], event_type: AuditEventType, subject: str) -> AuditEvent:
    return AuditEvent(event_type=event_type, subject=subject, ray_id=session.ray_id, stamp=_stamp())


def _stamp() -> Stamp:
    return Stamp.new(int(time.time()), _ACTOR)


def _need(result: Result[Any]) -> Any:
    if result.status:
        return result.client_message
    raise RuntimeError(f"The token cannot be issued: {result.client_message}")

"""Prepare clients, codes and tokens through the store's transitions."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import cycle
from typing import Any, Final, TypeVar

from benchmarks.seeds import CHALLENGE, DAY_S, REDIRECT_URI, SCOPE, Order, Seeds
from benchmarks.servers.qscope_server import settings
from benchmarks.servers.qscope_server.rows import Rows
from qscope_integrations import (
    ClientMetadata,
    generate_token,
    hash_client_secret,
    new_registration,
    token_digest,
)
from qscope_store import (
    AuthorizationCode,
    Client,
    Consent,
    FailedResult,
    Grant,
    Result,
    Stamp,
    Storage,
    StoreSession,
    User,
)

T = TypeVar("T")
_RAY: Final = "bench-seed"
_AT_ONCE: Final = 200
_USERS: Final = 200
"""Codes and chains are spread over so many users that none reaches a limit."""


class SeedError(RuntimeError):
    """The store refused the prepared rows."""


def _checked(result: Result[T]) -> T:
    if isinstance(result, FailedResult):
        raise SeedError(f"{result.error_code}: {result.client_message}")
    return result.client_message


async def seed(order: Order) -> Seeds:
    storage = settings.storage()
    await storage.upgrade()
    await storage.open()
    try:
        crowd = await _owners(storage, order)
        rows = crowd[0]
        access_token = generate_token()
        issued = rows.machine_token(token_digest(access_token))
        async with storage.session(_RAY) as session:
            _checked(await session.grants.issue_tokens(issued, now=rows.now, ray_id=_RAY))
        return Seeds(
            machine=(rows.client.client_identifier, order.client_secret),
            web=(rows.client.client_identifier, order.client_secret),
            access_token=access_token,
            refresh_tokens=await _many(storage, order.chains, _issue_refresh_token(crowd)),
            codes=await _many(storage, order.codes, _issue_code(crowd)),
        )
    finally:
        await storage.close()


async def _owners(storage: Storage[Any], order: Order) -> list[Rows]:
    """Register the client and the users, and return the rows of each user."""
    now = int(time.time())
    metadata = ClientMetadata(
        client_name="Benchmark",
        grant_types=("authorization_code", "refresh_token", "client_credentials"),
        scope=(SCOPE,),
        redirect_uris=(REDIRECT_URI,),
    )
    registration, _ = new_registration(
        metadata, client_identifier="bench", created_by="bench", now=now
    )
    client: Client = replace(
        registration.client, client_secret=hash_client_secret(order.client_secret)
    )
    crowd = [_rows_of(f"alice-{number}", client, now) for number in range(_USERS)]
    async with storage.session(_RAY) as session:
        _checked(
            await session.clients.register(
                replace(registration, client=client),
                audit=crowd[0].audit(client.id, "client_registered"),
                ray_id=_RAY,
            )
        )
        for rows in crowd:
            _checked(await session.users.insert(rows.user, ray_id=_RAY))
    return crowd


def _rows_of(name: str, client: Client, now: int) -> Rows:
    return Rows(client=client, user=User(external_id=name, stamp=Stamp.new(now, "bench")), now=now)


async def _many(
    storage: Storage[Any], count: int, issue: Callable[[StoreSession[Any]], Awaitable[str]]
) -> list[str]:
    """Issue so many secrets in groups, so that one commit serves many of them."""

    async def one() -> str:
        async with storage.session(_RAY) as session:
            return await issue(session)

    made: list[str] = []
    while len(made) < count:
        group = min(_AT_ONCE, count - len(made))
        made += await asyncio.gather(*(one() for _ in range(group)))
    return made


def _issue_refresh_token(crowd: list[Rows]) -> Callable[[StoreSession[Any]], Awaitable[str]]:
    turns = cycle(crowd)

    async def issue(session: StoreSession[Any]) -> str:
        rows = next(turns)
        token = generate_token()
        issued = rows.user_tokens(token_digest(generate_token()), token_digest(token))
        _checked(await session.grants.issue_tokens(issued, now=rows.now, ray_id=_RAY))
        return token

    return issue


def _issue_code(crowd: list[Rows]) -> Callable[[StoreSession[Any]], Awaitable[str]]:
    turns = cycle(crowd)

    async def issue(session: StoreSession[Any]) -> str:
        rows = next(turns)
        secret = generate_token()
        grant = Grant(**rows.shared())
        code = AuthorizationCode(
            **rows.shared(),
            code=token_digest(secret),
            grant_id=grant.id,
            redirect_uri=REDIRECT_URI,
            code_challenge=CHALLENGE,
            code_challenge_method="S256",
            expires_at=rows.now + DAY_S,
        )
        consent = Consent(**rows.shared())
        audit = rows.audit(grant.id, "code_issued")
        _checked(await session.grants.issue_code(grant, code, consent, audit=audit, ray_id=_RAY))
        return secret

    return issue


if __name__ == "__main__":
    given = Order.from_environment()
    asyncio.run(seed(given)).write(given.directory)

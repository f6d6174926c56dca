"""The rows that a run leaves behind, read through the contracts of any backend."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from qscope_store.contracts import BaseTable, StoreSession
from qscope_store.contracts.rules import is_spent
from qscope_store.models import AccessToken, RefreshToken
from qscope_store.result import SuccessResult

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """The rows after all operations have ended."""

    seen_at: float
    clients: frozenset[str]
    users: frozenset[str]
    grants: frozenset[str]
    tokens: Mapping[str, AccessToken | RefreshToken]
    """Access and refresh tokens by digest."""
    is_spent: Mapping[str, bool]
    """Codes, refresh tokens and device codes by digest."""


async def read_remains(
    session: StoreSession[Any], *, seen_at: float, since: str | None = None
) -> Remains:
    """All rows, or those with ids after `since`."""

    async def rows(table: BaseTable[Any]) -> AsyncIterator[Any]:
        last = since
        while True:
            page = await table.list_after(last, limit=_PAGE, ray_id=session.ray_id)
            assert isinstance(page, SuccessResult)
            if not page.client_message:
                return
            for row in page.client_message:
                yield row
            last = page.client_message[-1].id

    codes = {row.code: row async for row in rows(session.authorization_codes)}
    devices = {row.device_code: row async for row in rows(session.device_codes)}
    access = {row.token: row async for row in rows(session.access_tokens)}
    refresh = {row.token: row async for row in rows(session.refresh_tokens)}
    spendable = {**codes, **devices, **refresh}
    return Remains(
        seen_at=seen_at,
        clients=frozenset([row.id async for row in rows(session.clients)]),
        users=frozenset([row.id async for row in rows(session.users)]),
        grants=frozenset([row.id async for row in rows(session.grants)]),
        tokens={**access, **refresh},
        is_spent={digest: is_spent(row) for digest, row in spendable.items()},
    )

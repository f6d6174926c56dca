"""How many statements a transition takes."""

from typing import Any

import pytest

from qscope_store.contracts import StoreSession
from qscope_store.models import AuditEventType
from qscope_store.sql import Steps
from qscope_store.sql.mapping import insert
from qscope_store.sqlite import SQLiteStorage
from qscope_store.testing.base import good, is_dead, issue_tokens
from qscope_store.testing.rows import NOW, RAY, Party
from tests.sqlite_internals import writing_connection

pytestmark = pytest.mark.anyio


async def statements_of_a_revocation(
    storage: SQLiteStorage, session: StoreSession[Any], party: Party, tokens: int
) -> int:
    """What SQLite is told while a grant with so many access tokens is revoked."""
    grant, issued = await issue_tokens(session, party)

    def add_tokens() -> Steps[None]:
        for _ in range(tokens - 1):
            yield insert(party.access_token(grant))

    await storage.write(add_tokens)
    told: list[str] = []
    writer = writing_connection(storage)
    await writer.set_trace_callback(told.append)
    audit = party.audit(AuditEventType.GRANT_REVOKED)
    good(await session.grants.revoke_grant(grant.id, audit=audit, now=NOW, ray_id=RAY))
    await writer.set_trace_callback(None)
    assert await is_dead(session, grant, issued)
    return len(told)


async def test_revoking_a_grant_takes_as_many_statements_for_10000_tokens_as_for_one(
    storage: SQLiteStorage, session: StoreSession[Any], party: Party
) -> None:
    """The grant is one row, and so is its end."""
    one = await statements_of_a_revocation(storage, session, party, 1)

    many = await statements_of_a_revocation(storage, session, party, 10_000)

    assert many == one

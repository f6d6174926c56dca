"""A database of each schema version, kept to test upgrades with.

`python -m tests.stores.golden` makes the one of this release again.
"""

from pathlib import Path
from typing import Any

from qscope_store.contracts import Storage
from qscope_store.testing.base import (
    approve_device,
    good,
    issue_code,
    issue_tokens,
    make_party,
)
from qscope_store.testing.rows import NOW, RAY, rate_limit, used_proof

GOLDEN = Path(__file__).parent


async def fill(storage: Storage[Any]) -> None:
    """Rows of every table; `check_rows` finds them."""
    async with storage.session(RAY) as session:
        party = await make_party(session)
        await issue_tokens(session, party)
        grant, code = await issue_code(session, party, code="spent")
        good(await session.grants.redeem_code(code.code, party.issued(grant), now=NOW, ray_id=RAY))
        await issue_code(session, party, code="unspent")
        await approve_device(session, party)
        good(await session.device_codes.insert(party.device_code(), ray_id=RAY))
        good(await session.rate_limits.insert(rate_limit(), ray_id=RAY))
        good(await session.used_proofs.insert(used_proof(), ray_id=RAY))


async def check_rows(storage: Storage[Any]) -> None:
    """The rows are there, and transitions still find what they need."""
    async with storage.session(RAY) as session:
        spent = good(await session.authorization_codes.get_by_code("spent", ray_id=RAY))
        unspent = good(await session.authorization_codes.get_by_code("unspent", ray_id=RAY))
        assert (spent.consumed_at, unspent.consumed_at) == (NOW, None)
        tables: list[Any] = [
            session.clients,
            session.client_configs,
            session.users,
            session.grants,
            session.access_tokens,
            session.refresh_tokens,
            session.device_codes,
            session.consents,
            session.rate_limits,
            session.used_proofs,
            session.audit_log,
        ]
        for table in tables:
            assert good(await table.list_after(None, limit=99, ray_id=RAY))
        (granted,) = good(
            await session.grants.list_granted_clients(spent.user_id, now=NOW, ray_id=RAY)
        )
        assert granted.scopes == ("notes:read", "profile")

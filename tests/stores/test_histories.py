"""Everything at once on one file, and I1 to I10 over the history of it."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from qscope_store.contracts import StoreSession
from qscope_store.models import AccessToken, AuditEventType
from qscope_store.queries import Statement, grants, rows
from qscope_store.sql import OAuthGrantStore
from qscope_store.sqlite import SQLiteStorage
from qscope_store.testing.base import event_types
from qscope_store.testing.rows import RAY
from tests.contract.broken.backends import ISSUING, ForgottenFamily, ReadThenWrite, rewriting
from tests.history.mixed_run import counted, run_here, run_in_processes
from tests.history.operation import Kind, Operation, Outcome
from tests.history.violations import violations

pytestmark = pytest.mark.anyio

# What a run must have seen, or it has shown nothing.
HAPPENED = [
    *[(kind, Outcome.OK) for kind in Kind],
    *[(kind, Outcome.FAIL) for kind in (Kind.REDEEM, Kind.REFRESH, Kind.INTROSPECT)],
    (Kind.REDEEM, Outcome.UNKNOWN),
    (Kind.REFRESH, Outcome.UNKNOWN),
]
# They come every 0.1 s, and what they delete expires after 2 s.
PRUNES = {(Kind.PRUNE, Outcome.OK): 20}


@pytest.fixture
async def storage(path: Path) -> AsyncIterator[SQLiteStorage]:
    """It may lose power, not the process."""
    storage = SQLiteStorage(path, pool_size=0, synchronous="NORMAL")
    await storage.open()
    yield storage
    await storage.close()


async def see_that_it_happened(
    operations: Sequence[Operation], session: StoreSession[Any], *, times: int
) -> None:
    counts = counted(operations)
    assert {what: counts.get(what, 0) for what in HAPPENED if counts.get(what, 0) < times} == {}
    assert AuditEventType.PRUNED in await event_types(session)


async def keep_all_invariants_here(storage: SQLiteStorage, *, seconds: float, times: int) -> None:
    least = dict.fromkeys(HAPPENED, times) | PRUNES
    operations, remains = await run_here(storage, seconds=seconds, least=least)
    assert violations(operations, remains) == []
    async with storage.session(RAY) as session:
        await see_that_it_happened(operations, session, times=times)


async def keep_all_invariants(
    url: str, storage: SQLiteStorage, *, seconds: float, times: int
) -> None:
    least = dict.fromkeys(HAPPENED, -(-times // 4)) | PRUNES
    operations, remains = await run_in_processes(
        url, storage, processes=4, seconds=seconds, least=least
    )
    assert violations(operations, remains) == []
    async with storage.session(RAY) as session:
        await see_that_it_happened(operations, session, times=times)


async def test_one_process_keeps_all_invariants(storage: SQLiteStorage) -> None:
    """I1 to I10, with callers that give up and pruning at 10 Hz."""
    await keep_all_invariants_here(storage, seconds=3, times=1)


async def test_four_processes_keep_all_invariants(path: Path, storage: SQLiteStorage) -> None:
    """The same on one file."""
    await keep_all_invariants(f"sqlite:///{path}", storage, seconds=4, times=1)


@pytest.mark.long
async def test_one_process_keeps_all_invariants_for_long(storage: SQLiteStorage) -> None:
    """A minute."""
    await keep_all_invariants_here(storage, seconds=60, times=100)


@pytest.mark.long
async def test_four_processes_keep_all_invariants_for_long(
    path: Path, storage: SQLiteStorage
) -> None:
    """A minute."""
    await keep_all_invariants(f"sqlite:///{path}", storage, seconds=60, times=100)


class LostTokens(rewriting(ISSUING, {rows.INSERT[AccessToken]: None})):
    """Says that it issued access tokens, and writes none."""


ALIVE = Statement(
    grants.REVOKE.name, grants.REVOKE.sql.replace("revoked_at=:now", "updated_at=:now")
)


class DeafRevocation(rewriting(("revoke_grant",), {grants.REVOKE: ALIVE})):
    """Says that a grant is revoked, and lets it live."""


# Enough for a rule to be broken; each of these happens in every broken store.
OFTEN = {
    (Kind.ISSUE, Outcome.OK): 200,
    (Kind.REDEEM, Outcome.OK): 200,
    (Kind.REVOKE_GRANT, Outcome.OK): 10,
}
BROKEN = {ReadThenWrite: "I1", ForgottenFamily: "I2", DeafRevocation: "I5", LostTokens: "I10"}


@pytest.mark.parametrize("transitions", BROKEN)
async def test_a_broken_store_is_found_out(
    storage: SQLiteStorage, transitions: type[OAuthGrantStore]
) -> None:
    """A control: the same run on a store that breaks a rule."""
    storage.tables["grants"] = transitions(storage)
    operations, remains = await run_here(storage, seconds=2, least=OFTEN)
    assert BROKEN[transitions] in {found.rule for found in violations(operations, remains)}

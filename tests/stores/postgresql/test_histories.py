"""Concurrent operations of four processes on one PostgreSQL, checked against I1 to I10."""

import pytest

from qscope_store.postgresql import PostgreSQLStorage
from tests.history.mixed_run import counted, run_in_processes
from tests.history.operation import Kind, Outcome
from tests.history.violations import violations

pytestmark = pytest.mark.anyio

HAPPENED = [
    *[
        (kind, outcome)
        for kind in (Kind.REDEEM, Kind.REFRESH, Kind.INTROSPECT)
        for outcome in (Outcome.OK, Outcome.FAIL)
    ],
    (Kind.PRUNE, Outcome.OK),
]


async def keep_all_invariants(url: str, storage: PostgreSQLStorage, *, seconds: float) -> None:
    operations, remains = await run_in_processes(
        url, storage, processes=4, seconds=seconds, least=dict.fromkeys(HAPPENED, 1)
    )
    assert violations(operations, remains) == []
    counts = counted(operations)
    assert [what for what in HAPPENED if what not in counts] == []


async def test_four_processes_keep_all_invariants(url: str, storage: PostgreSQLStorage) -> None:
    """Some callers are cancelled, and each process prunes at 10 Hz."""
    await keep_all_invariants(url, storage, seconds=4)


@pytest.mark.long
async def test_four_processes_keep_all_invariants_for_long(
    url: str, storage: PostgreSQLStorage
) -> None:
    """The same for a minute."""
    await keep_all_invariants(url, storage, seconds=60)

"""Five SQLite stores, each wrong in one way. The kit must fail on each; see the test beside."""

import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from qscope_store.models import AuditEvent, AuthorizationCode, IssuedTokens
from qscope_store.queries import Statement, access_tokens, authorization_codes, refresh_tokens, rows
from qscope_store.queries import grants as grant_queries
from qscope_store.result import ErrorCode, Result, SuccessResult
from qscope_store.sql import OAuthAuditLogStore, OAuthGrantStore, Run, Steps, Unit, one
from qscope_store.sql.mapping import mapping
from qscope_store.sql.units import writes
from qscope_store.sqlite import SQLiteStorage
from qscope_store.sqlite.batch import Batch, LaneConnection, WriteConnection
from qscope_store.testing import StoreContract


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SQLiteStorage]:
    storage = SQLiteStorage(path, pool_size=1)
    await storage.upgrade()
    await storage.open()
    yield storage
    await storage.close()


def rewritten(unit: Unit[Any], other: Mapping[Statement, Statement | None]) -> Steps[Any]:
    """The unit with some statements replaced, or left out."""
    run = Run(unit)
    while run.step is not None:
        statement, values = run.step
        replacement = other.get(statement, statement)
        run.feed([] if replacement is None else (yield replacement, values))
    return run.result


def rewriting(
    methods: Sequence[str], other: Mapping[Statement, Statement | None]
) -> type[OAuthGrantStore]:
    """The transitions, some of which run with other statements."""

    def changed(name: str) -> Any:
        async def method(self: OAuthGrantStore, *args: Any, **kwargs: Any) -> Any:
            write = self.executor.write
            store = SimpleNamespace(
                executor=SimpleNamespace(write=lambda unit: write(partial(rewritten, unit, other)))
            )
            return await getattr(OAuthGrantStore, name)(store, *args, **kwargs)

        return method

    return type("Rewriting", (OAuthGrantStore,), {name: changed(name) for name in methods})


class ReadThenWrite(OAuthGrantStore):
    """Looks whether a code was spent, and spends it in a transaction of its own."""

    async def redeem_code(
        self, code: str, issued: IssuedTokens, *, now: int, ray_id: str
    ) -> Result[AuthorizationCode]:
        redeem: Any = OAuthGrantStore.redeem_code
        found = await self.executor.read(one(authorization_codes.GET_BY_CODE, {"code": code}))
        row = mapping(AuthorizationCode).row(found[0]) if found else None
        if row is None or row.consumed_at is not None:
            return await redeem(self, code, issued, now=now, ray_id=ray_id)
        unspent = mapping(AuthorizationCode).values(row)

        @writes(ErrorCode.INSERT_FAILED)
        def trusting(self: Any, *, ray_id: str) -> Steps[Any]:
            yield rows.UPDATE[AuthorizationCode], unspent
            return (yield from redeem.__wrapped__(self, code, issued, now=now, ray_id=ray_id))

        return await trusting(self, ray_id=ray_id)


SPENDING = "redeem_code", "rotate_refresh_token", "redeem_device_code"
ISSUING = "issue_tokens", *SPENDING


class ForgottenFamily(rewriting(SPENDING, {grant_queries.REVOKE: None})):
    """Refuses what was spent before, but lets the grant live."""


NEWEST_FIRST = {
    query: Statement(query.name, query.sql.replace(" DESC", " ASC"))
    for query in (refresh_tokens.GET_OVER_LIMIT, access_tokens.GET_OVER_LIMIT)
}


class WrongOrder(rewriting(ISSUING, NEWEST_FIRST)):
    """Evicts the newest token first."""


class NoRollback(WriteConnection):
    """Keeps what a unit wrote before one of its rows was refused."""

    def _run(self, batch: Batch) -> None:
        LaneConnection._run(self, batch)


class MutableAuditLog(OAuthAuditLogStore):
    """Lets a row of the audit log be changed."""

    async def update(self, row: AuditEvent, *, ray_id: str) -> Result[AuditEvent]:
        sql = "UPDATE oauth_audit_log SET subject = :subject WHERE id = :id"
        values = {"subject": row.subject, "id": row.id}
        await self.executor.write(one(Statement("broken", sql), values))
        return SuccessResult(ray_id, row)


class _WithBrokenGrants(StoreContract):
    """The kit on a sound file with other transitions."""

    transitions: type[OAuthGrantStore]

    @pytest.fixture
    async def storage(self, tmp_path: Path) -> AsyncIterator[SQLiteStorage]:
        async with opened(tmp_path / "oauth.db") as storage:
            storage.tables["grants"] = self.transitions(storage)
            yield storage


class TestReadThenWrite(_WithBrokenGrants):
    """Two requests find the same code unspent."""

    transitions = ReadThenWrite


class TestForgottenFamily(_WithBrokenGrants):
    """Tokens outlive the theft that was noticed."""

    transitions = ForgottenFamily


class TestWrongOrder(_WithBrokenGrants):
    """The limit ends the session that was just begun."""

    transitions = WrongOrder


class TestNoRollback(StoreContract):
    """A refused row leaves half a transition."""

    @pytest.fixture
    async def storage(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[SQLiteStorage]:
        monkeypatch.setattr("qscope_store.sqlite.storage.WriteConnection", NoRollback)
        async with opened(tmp_path / "oauth.db") as storage:
            yield storage


class TestMutableAuditLog(StoreContract):
    """Traces can be covered up."""

    @pytest.fixture
    async def storage(self, tmp_path: Path) -> AsyncIterator[SQLiteStorage]:
        path = tmp_path / "oauth.db"
        async with opened(path) as storage:
            with sqlite3.connect(path) as connection:
                connection.execute("DROP TRIGGER oauth_audit_log_no_update")
            connection.close()
            storage.tables["audit_log"] = MutableAuditLog(storage)
            yield storage

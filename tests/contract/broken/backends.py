"""Five SQLite stores, each wrong in one way. The kit must fail on each; see the test beside."""

import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from qscope_store.models import AuditEvent, AuthorizationCode, IssuedTokens
from qscope_store.queries import Statement, access_tokens, authorization_codes, refresh_tokens
from qscope_store.queries import grants as grant_queries
from qscope_store.result import Result, SuccessResult
from qscope_store.sql import OAuthAuditLogStore, OAuthGrantStore, Steps, Unit
from qscope_store.sql.executor import Single
from qscope_store.sql.grants.redeeming import redeem_code
from qscope_store.sql.mapping import AUTHORIZATION_CODE
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
    steps = unit()
    rows: Any = None
    while True:
        try:
            statement, values = steps.send(rows)
        except StopIteration as stop:
            return stop.value
        replacement = other.get(statement, statement)
        rows = [] if replacement is None else (yield replacement, values)


class ReadThenWrite(OAuthGrantStore):
    """Looks whether a code was spent, and spends it in a transaction of its own."""

    async def redeem_code(
        self, code: str, issued: IssuedTokens, *, now: int, ray_id: str
    ) -> Result[AuthorizationCode]:
        found = await self._executor.read(Single(authorization_codes.GET_BY_CODE, {"code": code}))
        redeem = partial(redeem_code, code, issued, now=now, ray_id=ray_id)
        row = AUTHORIZATION_CODE.row(found[0]) if found else None
        if row is None or row.consumed_at is not None:
            return await self._insert(redeem, ray_id)

        def trusting() -> Steps[Result[AuthorizationCode]]:
            yield authorization_codes.CRUD.update, AUTHORIZATION_CODE.values(row)
            return (yield from redeem())

        return await self._insert(trusting, ray_id)


class ForgottenFamily(OAuthGrantStore):
    """Refuses what was spent before, but lets the grant live."""

    async def _insert(self, unit: Unit[Result[Any]], ray_id: str) -> Result[Any]:
        return await super()._insert(partial(rewritten, unit, {grant_queries.REVOKE: None}), ray_id)


class WrongOrder(OAuthGrantStore):
    """Evicts the newest token first."""

    async def _insert(self, unit: Unit[Result[Any]], ray_id: str) -> Result[Any]:
        newest_first = {
            query: Statement(query.name, query.sql.replace(" DESC", " ASC"))
            for query in (refresh_tokens.GET_OVER_LIMIT, access_tokens.GET_OVER_LIMIT)
        }
        return await super()._insert(partial(rewritten, unit, newest_first), ray_id)


class NoRollback(WriteConnection):
    """Keeps what a unit wrote before one of its rows was refused."""

    def _run(self, batch: Batch) -> None:
        LaneConnection._run(self, batch)


class MutableAuditLog(OAuthAuditLogStore):
    """Lets a row of the audit log be changed."""

    async def update(self, row: AuditEvent, *, ray_id: str) -> Result[AuditEvent]:
        sql = "UPDATE oauth_audit_log SET subject = :subject WHERE id = :id"
        values = {"subject": row.subject, "id": row.id}
        await self._executor.write(Single(Statement("broken", sql), values))
        return SuccessResult(ray_id, row)


class _WithBrokenGrants(StoreContract):
    """The kit on a sound file with other transitions."""

    transitions: type[OAuthGrantStore]

    @pytest.fixture
    async def storage(self, tmp_path: Path) -> AsyncIterator[SQLiteStorage]:
        async with opened(tmp_path / "oauth.db") as storage:
            storage._stores.grants = self.transitions(storage)
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
            storage._stores.audit_log = MutableAuditLog(storage)
            yield storage

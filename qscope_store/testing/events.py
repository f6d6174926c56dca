"""Listeners to what the audit log records."""

from typing import Any

import pytest

from qscope_store.contracts import Storage, StoreSession
from qscope_store.models import AuditEvent
from qscope_store.result import ErrorCode
from qscope_store.testing.base import ContractBase, events, issue_code, why
from qscope_store.testing.rows import NOW, RAY, Party


class EventContract(ContractBase):
    """`Storage.subscribe`."""

    @pytest.fixture
    def heard(self, storage: Storage[Any]) -> list[AuditEvent]:
        """What a listener was called with."""
        heard: list[AuditEvent] = []
        storage.subscribe(heard.append)
        return heard

    async def test_a_listener_is_told_what_the_log_records(
        self, heard: list[AuditEvent], session: StoreSession[Any], party: Party
    ) -> None:
        """In order: a redemption, and the replay that the second attempt turned out to be."""
        before = len(heard)
        grant, code = await issue_code(session, party)
        for _ in range(2):
            issued = party.issued(grant)
            await session.grants.redeem_code(code.code, issued, now=NOW, ray_id=RAY)
        logged = await events(session)
        assert heard[before:] == logged[-3:]

    async def test_a_listener_is_told_nothing_of_what_was_undone(
        self, heard: list[AuditEvent], session: StoreSession[Any], party: Party
    ) -> None:
        """A unit that is refused has no audit row."""
        grant, _ = await issue_code(session, party)
        before = list(heard)
        issued = party.issued(grant)
        result = await session.grants.redeem_code("unknown", issued, now=NOW, ray_id=RAY)
        assert why(result) is ErrorCode.NOT_FOUND
        conflict = party.issued(grant, access_token=issued.access_token)
        for tokens in (issued, conflict):
            await session.grants.issue_tokens(tokens, now=NOW, ray_id=RAY)
        assert heard == await events(session)
        assert len(heard) == len(before) + 1

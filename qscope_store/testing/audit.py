"""The audit log."""

from dataclasses import replace
from typing import Any

from qscope_store.contracts import StoreSession
from qscope_store.models import (
    AuditEventType,
    new_id,
)
from qscope_store.result import ErrorCode
from qscope_store.testing.base import (
    ContractBase,
    event_types,
    good,
    issue_code,
    why,
)
from qscope_store.testing.rows import RAY, Party


class AuditLogContract(ContractBase):
    """`AuditLogTable`."""

    async def test_the_audit_log_only_grows(self, session: StoreSession[Any], party: Party) -> None:
        """AuditLogTable: update and delete are refused, the row stays."""
        row = party.audit(AuditEventType.CLIENT_UPDATED, metadata={"field": "name", "n": [1, {}]})
        good(await session.audit_log.insert(row, ray_id=RAY))
        changed = replace(row, subject="something else")
        update = await session.audit_log.update(changed, ray_id=RAY)
        delete = await session.audit_log.delete_by_id(row.id, ray_id=RAY)
        assert (why(update), why(delete)) == (ErrorCode.UPDATE_FAILED, ErrorCode.DELETE_FAILED)
        assert good(await session.audit_log.get_by_id(row.id, ray_id=RAY)) == row

    async def test_an_audit_row_is_written_once(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """AuditLogTable.insert: CONFLICT; get_by_id: NOT_FOUND."""
        row = party.audit(AuditEventType.CLIENT_UPDATED)
        good(await session.audit_log.insert(row, ray_id=RAY))
        assert why(await session.audit_log.insert(row, ray_id=RAY)) is ErrorCode.CONFLICT
        assert why(await session.audit_log.get_by_id(new_id(), ray_id=RAY)) is ErrorCode.NOT_FOUND

    async def test_a_row_of_a_newer_release_reads_back(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """AuditEvent.event_type: a plain string; of a known type, its member."""
        newer = replace(party.audit(AuditEventType.PRUNED), event_type="of_a_newer_release")
        known = party.audit(AuditEventType.CLIENT_UPDATED)
        good(await session.audit_log.insert_all([newer, known], ray_id=RAY))
        assert good(await session.audit_log.get_by_id(newer.id, ray_id=RAY)) == newer
        read = good(await session.audit_log.get_by_id(known.id, ray_id=RAY))
        assert isinstance(read.event_type, AuditEventType)

    async def test_metadata_that_is_no_json_is_refused(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """AuditLogTable.insert: INSERT_FAILED, never an exception."""
        for value in ({1, 2}, float("nan"), b"bytes"):
            row = party.audit(AuditEventType.CLIENT_UPDATED, metadata={"odd": value})
            assert why(await session.audit_log.insert(row, ray_id=RAY)) is ErrorCode.INSERT_FAILED

    async def test_the_log_outlives_what_it_speaks_of(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """AuditLogTable: deleting a client removes no row."""
        await issue_code(session, party)
        before = await event_types(session)
        good(await session.clients.delete_by_id(party.client.id, ray_id=RAY))
        assert await event_types(session) == before

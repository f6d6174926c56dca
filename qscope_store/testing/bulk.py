"""Adding many rows at once."""

from dataclasses import replace
from typing import Any

from qscope_store.contracts import StoreSession
from qscope_store.models import AuditEventType, new_id
from qscope_store.result import ErrorCode
from qscope_store.testing.base import ContractBase, good, why
from qscope_store.testing.rows import RAY, Party, user


class BulkContract(ContractBase):
    """`BaseTable.insert_all`."""

    async def test_many_rows_come_back_as_they_went_in(self, session: StoreSession[Any]) -> None:
        """BaseTable.insert_all returns how many, zero included."""
        rows = [user() for _ in range(900)]
        assert good(await session.users.insert_all(rows, ray_id=RAY)) == 900
        assert good(await session.users.insert_all([], ray_id=RAY)) == 0
        found = good(await session.users.list_after(None, limit=1000, ray_id=RAY))
        assert found == tuple(sorted(rows, key=lambda row: row.id))

    async def test_of_many_rows_with_a_taken_value_none_is_added(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """BaseTable.insert_all: CONFLICT, wherever the row is."""
        taken = replace(user(), external_id=party.user.external_id)
        for place in (0, 4, 8):
            rows = [user() for _ in range(8)]
            rows.insert(place, taken)
            result = await session.users.insert_all(rows, ray_id=RAY)
            assert why(result) is ErrorCode.CONFLICT
        assert good(await session.users.list_after(None, limit=100, ray_id=RAY)) == (party.user,)

    async def test_of_many_rows_with_a_reference_to_nothing_none_is_added(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """BaseTable.insert_all: INSERT_FAILED."""
        rows = [party.grant() for _ in range(8)]
        rows.append(party.grant(user_id=new_id()))
        result = await session.grants.insert_all(rows, ray_id=RAY)
        assert why(result) is ErrorCode.INSERT_FAILED
        assert good(await session.grants.list_after(None, limit=100, ray_id=RAY)) == ()

    async def test_of_many_rows_one_refers_to_another(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """BaseTable.insert_all: what is referred to comes first."""
        grant = party.grant()
        good(await session.grants.insert(grant, ray_id=RAY))
        chain = [party.refresh_token(grant)]
        for _ in range(8):
            chain.append(party.refresh_token(grant, predecessor_id=chain[-1].id))
        assert good(await session.refresh_tokens.insert_all(chain, ray_id=RAY)) == 9

    async def test_many_audit_rows_are_added(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """AuditLogTable.insert_all."""
        rows = [party.audit(AuditEventType.CLIENT_UPDATED) for _ in range(9)]
        assert good(await session.audit_log.insert_all(rows, ray_id=RAY)) == 9
        for row in rows:
            assert good(await session.audit_log.get_by_id(row.id, ray_id=RAY)) == row

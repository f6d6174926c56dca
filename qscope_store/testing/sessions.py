"""Sessions, and callers that go away."""

import asyncio
from typing import Any

from qscope_store.contracts import Storage, StoreSession
from qscope_store.testing.base import (
    ContractBase,
    good,
    issue_code,
)
from qscope_store.testing.races import CALLERS
from qscope_store.testing.rows import NOW, RAY, Party


class CancellationContract(ContractBase):
    """A caller that goes away leaves its operation done or undone, and nothing open."""

    async def test_a_cancelled_redemption_is_whole_or_not_there(
        self, storage: Storage[Any], session: StoreSession[Any], party: Party
    ) -> None:
        """I10: the code is spent if and only if its tokens exist; the next request is fine."""
        for steps in range(12):
            grant, code = await issue_code(session, party)
            issued = party.issued(grant)
            call = asyncio.ensure_future(
                session.grants.redeem_code(code.code, issued, now=NOW, ray_id=RAY)
            )
            for _ in range(steps):
                await asyncio.sleep(0)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
            await storage.check()
            row = good(await session.authorization_codes.get_by_id(code.id, ray_id=RAY))
            token = await session.access_tokens.get_by_id(issued.access_token.id, ray_id=RAY)
            assert (row.consumed_at is not None) == token.status

    async def test_cancelled_callers_do_not_disturb_the_others(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """Every second of fifty callers is cancelled; the rest succeed."""
        issued = [party.issued(None) for _ in range(CALLERS)]
        calls = [
            asyncio.ensure_future(session.grants.issue_tokens(tokens, now=NOW, ray_id=RAY))
            for tokens in issued
        ]
        await asyncio.sleep(0)
        for call in calls[::2]:
            call.cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
        for tokens, result in zip(issued, results, strict=True):
            token = await session.access_tokens.get_by_id(tokens.access_token.id, ray_id=RAY)
            if not isinstance(result, asyncio.CancelledError):
                assert not isinstance(result, BaseException)
                assert result.status
                assert token.status
        assert not any(isinstance(result, BaseException) for result in results[1::2])

    async def test_a_cancelled_session_leaves_the_storage_usable(
        self, storage: Storage[Any]
    ) -> None:
        """Storage.session: more sessions than any pool has connections, all cancelled."""

        async def request() -> None:
            async with storage.session(RAY) as session:
                await session.clients.list_after(None, limit=1, ray_id=RAY)
                await asyncio.Event().wait()

        tasks = [asyncio.ensure_future(request()) for _ in range(CALLERS)]
        await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await storage.check()


class SessionContract(ContractBase):
    """`Storage` and `StoreSession`."""

    async def test_what_one_session_writes_the_next_one_reads(
        self, storage: Storage[Any], party: Party
    ) -> None:
        """A write that was answered is seen by all."""
        async with storage.session("another-ray") as session:
            assert session.ray_id == "another-ray"
            found = await session.clients.get_by_id(party.client.id, ray_id=RAY)
            assert good(found) == party.client

    async def test_every_operation_gives_back_the_ray_id_of_its_call(
        self, session: StoreSession[Any]
    ) -> None:
        """Not that of the session, nor that of another call."""
        results = await asyncio.gather(
            *(session.clients.get_by_id("none", ray_id=f"ray-{n}") for n in range(9)),
            *(session.clients.list_after(None, limit=1, ray_id=f"ray-{n}") for n in range(9)),
        )
        assert [result.ray_id for result in results] == [f"ray-{n}" for n in range(9)] * 2

    async def test_a_session_without_a_connection_ends_quietly(
        self, session: StoreSession[Any]
    ) -> None:
        """StoreSession.commit, rollback: nothing without one."""
        await session.commit()
        await session.rollback()

    async def test_closing_twice_is_allowed(self, storage: Storage[Any]) -> None:
        """Storage.close."""
        await storage.close()
        await storage.close()

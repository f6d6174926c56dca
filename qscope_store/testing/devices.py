"""Device authorizations."""

from dataclasses import replace
from typing import Any

import pytest

from qscope_store.contracts import StoreSession
from qscope_store.models import AuditEventType, DeviceCode, DeviceCodeState, Grant
from qscope_store.result import ErrorCode, Result
from qscope_store.testing.base import (
    ContractBase,
    approve_device,
    consents,
    event_types,
    good,
    is_dead,
    issue_code,
    make_party,
    why,
)
from qscope_store.testing.codes import disable
from qscope_store.testing.rows import NOW, RAY, Party


class DeviceContract(ContractBase):
    """`GrantTable.decide_device_code`, `record_device_poll`, `redeem_device_code`."""

    @pytest.fixture
    async def device(self, session: StoreSession[Any], party: Party) -> DeviceCode:
        """A pending device authorization."""
        row = party.device_code()
        good(await session.device_codes.insert(row, ray_id=RAY))
        return row

    async def test_an_approval_binds_the_authorization_to_user_and_grant(
        self, session: StoreSession[Any], party: Party, device: DeviceCode
    ) -> None:
        """RFC 8628 section 3.3."""
        grant = party.grant()
        decided = good(await decide(session, party, device, grant))
        assert decided.state is DeviceCodeState.APPROVED
        assert (decided.user_id, decided.grant_id) == (party.user.id, grant.id)
        assert good(await session.grants.get_by_id(grant.id, ray_id=RAY)) == grant
        assert [row.scopes for row in await consents(session, party)] == [grant.scopes]
        assert (await event_types(session))[-1] is AuditEventType.DEVICE_APPROVED

    async def test_a_refusal_makes_no_grant(
        self, session: StoreSession[Any], party: Party, device: DeviceCode
    ) -> None:
        """RFC 8628 section 3.3."""
        decided = good(await decide(session, party, device, None))
        assert (decided.state, decided.grant_id) == (DeviceCodeState.DENIED, None)
        assert (await event_types(session))[-1] is AuditEventType.DEVICE_DENIED

    @pytest.mark.parametrize("first", ["approved", "denied"])
    async def test_a_decision_is_taken_once(
        self, session: StoreSession[Any], party: Party, device: DeviceCode, first: str
    ) -> None:
        """GrantTable.decide_device_code: CONFLICT, and the first one stays."""
        grant = party.grant() if first == "approved" else None
        before = good(await decide(session, party, device, grant))
        late = party.grant()
        assert why(await decide(session, party, device, late)) is ErrorCode.CONFLICT
        assert why(await decide(session, party, device, None)) is ErrorCode.CONFLICT
        assert good(await session.device_codes.get_by_id(device.id, ray_id=RAY)) == before
        assert why(await session.grants.get_by_id(late.id, ray_id=RAY)) is ErrorCode.NOT_FOUND

    async def test_nothing_is_decided_late_or_for_an_unknown_code(
        self, session: StoreSession[Any], party: Party, device: DeviceCode
    ) -> None:
        """GrantTable.decide_device_code: EXPIRED, NOT_FOUND."""
        late = await decide(session, party, device, party.grant(), now=device.expires_at)
        unknown = await decide(session, party, party.device_code(), party.grant())
        assert (why(late), why(unknown)) == (ErrorCode.EXPIRED, ErrorCode.NOT_FOUND)

    async def test_a_poll_says_where_the_authorization_stands(
        self, session: StoreSession[Any], party: Party, device: DeviceCode
    ) -> None:
        """GrantTable.record_device_poll: PENDING, success, REPLAYED, DENIED, EXPIRED, NOT_FOUND."""
        assert why(await poll(session, device)) is ErrorCode.PENDING
        assert why(await poll(session, device, now=device.expires_at)) is ErrorCode.EXPIRED
        assert why(await poll(session, party.device_code())) is ErrorCode.NOT_FOUND
        grant = party.grant()
        approved = good(await decide(session, party, device, grant))
        assert good(await poll(session, device, now=NOW + 1)).id == approved.id
        good(await redeem(session, device.device_code, party, grant))
        assert why(await poll(session, device)) is ErrorCode.REPLAYED
        assert not await is_dead(session, grant)
        refused = party.device_code()
        good(await session.device_codes.insert(refused, ray_id=RAY))
        good(await decide(session, party, refused, None))
        assert why(await poll(session, refused)) is ErrorCode.DENIED

    async def test_a_poll_that_is_too_fast_raises_the_interval_for_good(
        self, session: StoreSession[Any], device: DeviceCode
    ) -> None:
        """RFC 8628 section 3.5: +5 s each time, and the wait is not restarted."""
        assert why(await poll(session, device)) is ErrorCode.PENDING
        assert why(await poll(session, device, now=NOW + 4)) is ErrorCode.SLOW_DOWN
        row = good(await session.device_codes.get_by_id(device.id, ray_id=RAY))
        assert (row.interval, row.last_polled_at) == (10, NOW)
        assert why(await poll(session, device, now=NOW + 9)) is ErrorCode.SLOW_DOWN
        assert why(await poll(session, device, now=NOW + 15)) is ErrorCode.PENDING
        row = good(await session.device_codes.get_by_id(device.id, ray_id=RAY))
        assert (row.interval, row.last_polled_at) == (15, NOW + 15)

    async def test_a_poll_at_the_end_of_the_interval_is_in_time(
        self, session: StoreSession[Any], device: DeviceCode
    ) -> None:
        """GrantTable.record_device_poll: less than `interval` seconds is too fast."""
        assert why(await poll(session, device)) is ErrorCode.PENDING
        assert why(await poll(session, device, now=NOW + 5)) is ErrorCode.PENDING

    async def test_an_approved_device_code_is_exchanged_once(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.redeem_device_code: then REPLAYED, and the grant is revoked."""
        grant, code = await approve_device(session, party)
        first, second = party.issued(grant), party.issued(grant)
        spent = await session.grants.redeem_device_code(code, first, now=NOW, ray_id=RAY)
        assert good(spent).state is DeviceCodeState.CONSUMED
        assert (await event_types(session))[-1] is AuditEventType.TOKEN_ISSUED
        again = await session.grants.redeem_device_code(code, second, now=NOW, ray_id=RAY)
        assert why(again) is ErrorCode.REPLAYED
        assert await is_dead(session, grant, first, second)
        assert (await event_types(session))[-1] is AuditEventType.REPLAY_DETECTED

    async def test_a_device_code_that_is_not_approved_is_refused(
        self, session: StoreSession[Any], party: Party, device: DeviceCode
    ) -> None:
        """GrantTable.redeem_device_code: PENDING, EXPIRED, DENIED, NOT_FOUND."""
        grant, _ = await issue_code(session, party)
        code = device.device_code
        assert why(await redeem(session, code, party, grant)) is ErrorCode.PENDING
        late = await redeem(session, code, party, grant, now=device.expires_at)
        assert why(late) is ErrorCode.EXPIRED
        good(await decide(session, party, device, None))
        assert why(await redeem(session, code, party, grant)) is ErrorCode.DENIED
        assert why(await redeem(session, "unknown", party, grant)) is ErrorCode.NOT_FOUND

    async def test_another_clients_device_code_is_not_found_and_not_spent(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.redeem_device_code: NOT_FOUND."""
        grant, code = await approve_device(session, party)
        other = await make_party(session)
        other_grant, _ = await issue_code(session, other)
        foreign = await redeem(session, code, other, other_grant)
        assert why(foreign) is ErrorCode.NOT_FOUND
        good(await redeem(session, code, party, grant))

    async def test_a_taken_token_spends_no_device_code(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.redeem_device_code: CONFLICT writes nothing."""
        grant, code = await approve_device(session, party)
        there = party.access_token(None)
        good(await session.access_tokens.insert(there, ray_id=RAY))
        issued = party.issued(grant)
        taken = replace(issued, access_token=replace(issued.access_token, token=there.token))
        result = await session.grants.redeem_device_code(code, taken, now=NOW, ray_id=RAY)
        assert why(result) is ErrorCode.CONFLICT
        good(await session.grants.redeem_device_code(code, issued, now=NOW, ray_id=RAY))

    @pytest.mark.parametrize("end", ["client", "user", "grant"])
    async def test_an_approval_ends_with_its_client_user_or_grant(
        self, session: StoreSession[Any], party: Party, end: str
    ) -> None:
        """GrantTable.redeem_device_code: REVOKED."""
        grant, code = await approve_device(session, party)
        if end == "grant":
            good(await session.grants.update(replace(grant, revoked_at=NOW), ray_id=RAY))
        else:
            await disable(session, party, end)
        assert why(await redeem(session, code, party, grant)) is ErrorCode.REVOKED


async def decide(
    session: StoreSession[Any],
    party: Party,
    device: DeviceCode,
    grant: Grant | None,
    *,
    now: int = NOW,
) -> Result[DeviceCode]:
    """The party's user approves with a grant, or denies with None."""
    event = AuditEventType.DEVICE_DENIED if grant is None else AuditEventType.DEVICE_APPROVED
    return await session.grants.decide_device_code(
        device.id, grant, audit=party.audit(event, subject=device.id), now=now, ray_id=RAY
    )


async def poll(
    session: StoreSession[Any], device: DeviceCode, *, now: int = NOW
) -> Result[DeviceCode]:
    """The device asks."""
    return await session.grants.record_device_poll(device.device_code, now=now, ray_id=RAY)


async def redeem(
    session: StoreSession[Any], code: str, party: Party, grant: Grant, *, now: int = NOW
) -> Result[DeviceCode]:
    """The device trades its code for new tokens of the grant."""
    return await session.grants.redeem_device_code(code, party.issued(grant), now=now, ray_id=RAY)

"""Many callers at once: each transition has one winner."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable
from typing import Any, Final

from qscope_store.contracts import StoreSession
from qscope_store.models import AuditEventType
from qscope_store.result import ErrorCode, FailedResult, Result
from qscope_store.testing.base import (
    ContractBase,
    approve_device,
    event_types,
    good,
    is_dead,
    issue_code,
    issue_tokens,
)
from qscope_store.testing.devices import decide
from qscope_store.testing.refresh import rotate
from qscope_store.testing.rows import NOW, RAY, Party

CALLERS: Final = 50


async def outcomes(calls: Iterable[Awaitable[Result[Any]]]) -> Counter[str]:
    """How often each outcome came; `ok` is a success."""
    results = await asyncio.gather(*calls)
    return Counter(
        result.error_code.value if isinstance(result, FailedResult) else "ok" for result in results
    )


class RaceContract(ContractBase):
    """Of N concurrent callers exactly one succeeds."""

    async def test_of_fifty_redemptions_of_a_code_one_succeeds(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """I1, I2: the others are replays, so the grant is revoked afterwards."""
        grant, code = await issue_code(session, party)
        issued = [party.issued(grant) for _ in range(CALLERS)]
        counted = await outcomes(
            session.grants.redeem_code(code.code, tokens, now=NOW, ray_id=RAY) for tokens in issued
        )
        assert counted == {"ok": 1, ErrorCode.REPLAYED: CALLERS - 1}
        assert await is_dead(session, grant, *issued)

    async def test_of_fifty_refreshes_of_a_token_one_succeeds(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """I3, I4."""
        grant, first = await issue_tokens(session, party)
        issued = [party.issued(grant) for _ in range(CALLERS)]
        counted = await outcomes(rotate(session, first, tokens) for tokens in issued)
        assert counted == {"ok": 1, ErrorCode.REPLAYED: CALLERS - 1}
        assert await is_dead(session, grant, first, *issued)

    async def test_of_fifty_redemptions_of_a_device_code_one_succeeds(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """I8."""
        grant, code = await approve_device(session, party)
        issued = [party.issued(grant) for _ in range(CALLERS)]
        counted = await outcomes(
            session.grants.redeem_device_code(code, tokens, now=NOW, ray_id=RAY)
            for tokens in issued
        )
        assert counted == {"ok": 1, ErrorCode.REPLAYED: CALLERS - 1}
        assert await is_dead(session, grant, *issued)

    async def test_of_fifty_decisions_one_is_taken(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.decide_device_code: half approve, half deny."""
        device = party.device_code()
        good(await session.device_codes.insert(device, ray_id=RAY))
        counted = await outcomes(
            decide(session, party, device, party.grant() if number % 2 else None)
            for number in range(CALLERS)
        )
        assert counted == {"ok": 1, ErrorCode.CONFLICT: CALLERS - 1}
        grants = good(await session.grants.list_after(None, limit=9, ray_id=RAY))
        row = good(await session.device_codes.get_by_id(device.id, ray_id=RAY))
        assert [grant.id for grant in grants] == ([row.grant_id] if row.grant_id else [])

    async def test_of_fifty_polls_one_is_in_time(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """RFC 8628 section 3.5: every other one raises the interval."""
        device = party.device_code()
        good(await session.device_codes.insert(device, ray_id=RAY))
        counted = await outcomes(
            session.grants.record_device_poll(device.device_code, now=NOW, ray_id=RAY)
            for _ in range(CALLERS)
        )
        assert counted == {ErrorCode.PENDING: 1, ErrorCode.SLOW_DOWN: CALLERS - 1}
        row = good(await session.device_codes.get_by_id(device.id, ray_id=RAY))
        assert row.interval == 5 + 5 * (CALLERS - 1)

    async def test_of_fifty_revocations_one_takes_effect(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.revoke_grant, revoke_access_token: one audit row."""
        grant, issued = await issue_tokens(session, party)
        counted = await outcomes(
            session.grants.revoke_grant(
                grant.id,
                audit=party.audit(AuditEventType.GRANT_REVOKED),
                now=NOW,
                ray_id=RAY,
            )
            for _ in range(CALLERS)
        )
        assert counted == {"ok": 1, ErrorCode.REVOKED: CALLERS - 1}
        counted = await outcomes(
            session.grants.revoke_access_token(
                issued.access_token.token,
                audit=party.audit(AuditEventType.TOKEN_REVOKED),
                now=NOW,
                ray_id=RAY,
            )
            for _ in range(CALLERS)
        )
        assert counted == {"ok": 1, ErrorCode.REVOKED: CALLERS - 1}
        assert Counter(await event_types(session))[AuditEventType.GRANT_REVOKED] == 1

    async def test_a_limit_holds_against_fifty_callers(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """IssuedTokens.max_active_refresh_tokens."""
        grants = [party.grant() for _ in range(CALLERS)]
        issued = [party.issued(grant, grant=grant, max_active_refresh_tokens=3) for grant in grants]
        counted = await outcomes(
            session.grants.issue_tokens(tokens, now=NOW, ray_id=RAY) for tokens in issued
        )
        assert counted == {"ok": CALLERS}
        counted = await outcomes(
            session.refresh_tokens.get_active(tokens.refresh_token.token, now=NOW, ray_id=RAY)
            for tokens in issued
            if tokens.refresh_token
        )
        assert counted == {"ok": 3, ErrorCode.REVOKED: CALLERS - 3}

    async def test_a_revocation_ends_what_is_redeemed_at_the_same_time(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """I5: whichever comes first, nothing is valid when both have returned."""
        for _ in range(10):
            grant, code = await issue_code(session, party)
            issued = party.issued(grant)
            await asyncio.gather(
                session.grants.redeem_code(code.code, issued, now=NOW, ray_id=RAY),
                session.grants.revoke_grant(
                    grant.id,
                    audit=party.audit(AuditEventType.GRANT_REVOKED),
                    now=NOW,
                    ray_id=RAY,
                ),
            )
            assert await is_dead(session, grant, issued)

    async def test_pruning_all_the_time_loses_no_evidence(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.prune: a replay after it is still found, in each of several rounds."""
        late = NOW + 23 * 3600
        for _ in range(5):
            grant, first = await issue_tokens(session, party)
            second = party.issued(grant, at=late)
            rotated, *_ = await asyncio.gather(
                rotate(session, first, second, now=late),
                *(session.grants.prune(late + 7200, 10, ray_id=RAY) for _ in range(CALLERS)),
            )
            # The pruners' clock is ahead: one that came first deletes a token that was not spent.
            expected = ErrorCode.REPLAYED if rotated.status else ErrorCode.NOT_FOUND
            replay = rotate(session, first, party.issued(grant), now=late + 7200)
            assert await outcomes([replay]) == {expected: 1}

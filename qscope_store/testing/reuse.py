"""Reuse of refresh tokens whose request is refused for another reason."""

from typing import Any

from qscope_store.contracts import StoreSession
from qscope_store.models import AuditEventType, IssuedTokens, RefreshToken
from qscope_store.result import ErrorCode, Result
from qscope_store.testing.base import (
    ContractBase,
    event_types,
    good,
    is_dead,
    issue_tokens,
    why,
)
from qscope_store.testing.refresh import rotate
from qscope_store.testing.rows import NOW, RAY, Party


class ReuseContract(ContractBase):
    """`GrantTable.detect_reuse`."""

    async def test_a_refused_request_with_a_rotated_token_ends_the_grant(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """RFC 9700 section 4.14.2: REPLAYED, and again afterwards."""
        grant, first = await issue_tokens(session, party)
        second = party.issued(grant)
        good(await rotate(session, first, second))
        results = [await _detect_reuse(session, party, first) for _ in range(2)]
        assert [why(result) for result in results] == [ErrorCode.REPLAYED] * 2
        assert await is_dead(session, grant, first, second)
        assert (await event_types(session))[-1] is AuditEventType.REUSE_DETECTED

    async def test_a_refused_request_with_a_fresh_token_changes_nothing(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.detect_reuse: the token is valid afterwards; NOT_FOUND for an unknown one."""
        grant, first = await issue_tokens(session, party)
        before = await event_types(session)
        assert good(await _detect_reuse(session, party, first)) == first.refresh_token
        assert why(await _detect_reuse(session, party, party.issued(grant))) is ErrorCode.NOT_FOUND
        assert await event_types(session) == before
        good(await rotate(session, first, party.issued(grant)))

    async def test_within_the_leeway_a_refused_request_changes_nothing(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.detect_reuse: as long as `rotate_refresh_token` would take it again."""
        grant, first = await issue_tokens(session, party)
        second, third = party.issued(grant), party.issued(grant)
        good(await rotate(session, first, second))
        good(await _detect_reuse(session, party, first, leeway_s=10, now=NOW + 9))
        good(await rotate(session, second, third))
        result = await _detect_reuse(session, party, first, leeway_s=10, now=NOW + 9)
        assert why(result) is ErrorCode.REPLAYED
        assert await is_dead(session, grant, third)

    async def test_the_leeway_of_a_refused_request_ends_at_its_second(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.detect_reuse: as for one that is not refused."""
        grant, first = await issue_tokens(session, party)
        good(await rotate(session, first, party.issued(grant)))
        result = await _detect_reuse(session, party, first, leeway_s=10, now=NOW + 10)
        assert why(result) is ErrorCode.REPLAYED
        assert await is_dead(session, grant)


async def _detect_reuse(
    session: StoreSession[Any],
    party: Party,
    issued: IssuedTokens,
    *,
    leeway_s: int = 0,
    now: int = NOW,
) -> Result[RefreshToken]:
    assert issued.refresh_token is not None
    audit = party.audit(AuditEventType.REUSE_DETECTED, subject=issued.refresh_token.id)
    return await session.grants.detect_reuse(
        issued.refresh_token.token, leeway_s=leeway_s, audit=audit, now=now, ray_id=RAY
    )

"""Rotating refresh tokens."""

from dataclasses import replace
from typing import Any

import pytest

from qscope_store.contracts import StoreSession
from qscope_store.models import AuditEventType, Grant, IssuedTokens, RefreshToken
from qscope_store.result import ErrorCode, Result
from qscope_store.testing.base import (
    ContractBase,
    event_types,
    good,
    is_dead,
    issue_tokens,
    make_party,
    why,
)
from qscope_store.testing.codes import disable
from qscope_store.testing.rows import NOW, RAY, Party


class RefreshContract(ContractBase):
    """`GrantTable.rotate_refresh_token`."""

    async def test_a_rotation_trades_one_token_for_its_successor(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """RFC 9700 section 4.14.2."""
        grant, first = await issue_tokens(session, party)
        second = party.issued(grant)
        spent = good(await rotate(session, first, second))
        assert first.refresh_token is not None
        assert second.refresh_token is not None
        assert (spent.id, spent.rotated_at) == (first.refresh_token.id, NOW)
        successor = await session.refresh_tokens.get_active(
            second.refresh_token.token, now=NOW, ray_id=RAY
        )
        wanted = replace(second.refresh_token, predecessor_id=spent.id)
        assert good(successor).token == wanted
        old = await session.refresh_tokens.get_active(spent.token, now=NOW, ray_id=RAY)
        assert why(old) is ErrorCode.REVOKED

    async def test_access_tokens_outlive_the_refresh_token_they_came_with(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.rotate_refresh_token: a rotation ends none of them."""
        grant, first = await issue_tokens(session, party)
        second = party.issued(grant)
        good(await rotate(session, first, second))
        for issued in (first, second):
            token = issued.access_token.token
            good(await session.access_tokens.get_active(token, now=NOW, ray_id=RAY))

    async def test_reuse_of_a_rotated_token_revokes_the_grant(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """RFC 9700 section 4.14.2: REPLAYED."""
        grant, first = await issue_tokens(session, party)
        second, third = party.issued(grant), party.issued(grant)
        good(await rotate(session, first, second))
        assert why(await rotate(session, first, third)) is ErrorCode.REPLAYED
        assert await is_dead(session, grant, first, second, third)
        assert (await event_types(session))[-1] is AuditEventType.REUSE_DETECTED

    async def test_a_rotated_token_stays_replayed_after_it_has_expired(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.rotate_refresh_token."""
        grant, first = await issue_tokens(session, party)
        second = party.issued(grant)
        good(await rotate(session, first, second))
        assert first.refresh_token is not None
        late = first.refresh_token.expires_at
        result = await rotate(session, first, party.issued(grant), now=late)
        assert why(result) is ErrorCode.REPLAYED
        assert await is_dead(session, grant, second)

    async def test_a_refresh_token_expires_at_its_second(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.rotate_refresh_token: EXPIRED at `expires_at`, valid one second before."""
        grant, first = await issue_tokens(session, party)
        assert first.refresh_token is not None
        late = first.refresh_token.expires_at
        assert why(await rotate(session, first, party.issued(grant), now=late)) is ErrorCode.EXPIRED
        good(await rotate(session, first, party.issued(grant), now=late - 1))

    async def test_another_clients_token_is_not_found_and_not_spent(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.rotate_refresh_token: NOT_FOUND."""
        grant, first = await issue_tokens(session, party)
        other = await make_party(session)
        other_grant, _ = await issue_tokens(session, other)
        foreign = await rotate(session, first, other.issued(other_grant))
        unknown = await session.grants.rotate_refresh_token(
            "unknown", party.issued(grant), leeway_s=0, now=NOW, ray_id=RAY
        )
        assert (why(foreign), why(unknown)) == (ErrorCode.NOT_FOUND, ErrorCode.NOT_FOUND)
        good(await rotate(session, first, party.issued(grant)))

    async def test_a_taken_token_spends_no_refresh_token(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.rotate_refresh_token: CONFLICT writes nothing."""
        grant, first = await issue_tokens(session, party)
        second = party.issued(grant)
        taken = replace(
            second, access_token=replace(second.access_token, token=first.access_token.token)
        )
        assert why(await rotate(session, first, taken)) is ErrorCode.CONFLICT
        good(await rotate(session, first, second))

    @pytest.mark.parametrize("end", ["client", "user", "grant", "token"])
    async def test_a_refresh_token_ends_with_its_client_user_or_grant(
        self, session: StoreSession[Any], party: Party, end: str
    ) -> None:
        """GrantTable.rotate_refresh_token: REVOKED."""
        grant, first = await issue_tokens(session, party)
        assert first.refresh_token is not None
        match end:
            case "grant":
                await _revoke(session, party, grant)
            case "token":
                revoked = replace(first.refresh_token, revoked_at=NOW)
                good(await session.refresh_tokens.update(revoked, ray_id=RAY))
            case _:
                await disable(session, party, end)
        assert why(await rotate(session, first, party.issued(grant))) is ErrorCode.REVOKED

    async def test_a_rotation_without_a_successor_is_an_error(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.rotate_refresh_token: rotate at every use, so there is always one."""
        grant, first = await issue_tokens(session, party)
        alone = replace(party.issued(grant), refresh_token=None)
        with pytest.raises(ValueError, match="refresh token"):
            await rotate(session, first, alone)


class LeewayContract(ContractBase):
    """`GrantTable.rotate_refresh_token` with `leeway_s` above 0."""

    async def test_the_immediate_predecessor_succeeds_again_within_the_leeway(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """A client that refreshes in parallel gets a second successor; both are valid."""
        grant, first = await issue_tokens(session, party)
        second, third = party.issued(grant), party.issued(grant)
        good(await rotate(session, first, second))
        good(await rotate(session, first, third, leeway_s=10, now=NOW + 9))
        assert second.refresh_token is not None
        assert third.refresh_token is not None
        for token in (second.refresh_token, third.refresh_token):
            good(await session.refresh_tokens.get_active(token.token, now=NOW, ray_id=RAY))

    async def test_the_leeway_ends_at_its_second(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """Less than `leeway_s` seconds ago; at that second it is a reuse."""
        grant, first = await issue_tokens(session, party)
        good(await rotate(session, first, party.issued(grant)))
        late = await rotate(session, first, party.issued(grant), leeway_s=10, now=NOW + 10)
        assert why(late) is ErrorCode.REPLAYED
        assert await is_dead(session, grant)

    async def test_a_predecessor_whose_successor_was_rotated_is_a_reuse(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """Somebody has gone on from the successor, so the predecessor is in two hands."""
        grant, first = await issue_tokens(session, party)
        second = party.issued(grant)
        good(await rotate(session, first, second))
        good(await rotate(session, second, party.issued(grant)))
        result = await rotate(session, first, party.issued(grant), leeway_s=60)
        assert why(result) is ErrorCode.REPLAYED
        assert await is_dead(session, grant)

    async def test_no_leeway_after_a_deliberate_revocation(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """Neither of the grant nor of the successor."""
        grant, first = await issue_tokens(session, party)
        second = party.issued(grant)
        good(await rotate(session, first, second))
        assert second.refresh_token is not None
        row = await session.refresh_tokens.get_by_id(second.refresh_token.id, ray_id=RAY)
        successor = replace(good(row), revoked_at=NOW)
        good(await session.refresh_tokens.update(successor, ray_id=RAY))
        result = await rotate(session, first, party.issued(grant), leeway_s=60)
        assert why(result) is ErrorCode.REPLAYED
        other_grant, other = await issue_tokens(session, party)
        good(await rotate(session, other, party.issued(other_grant)))
        await _revoke(session, party, other_grant)
        result = await rotate(session, other, party.issued(other_grant), leeway_s=60)
        assert why(result) is ErrorCode.REPLAYED


async def rotate(
    session: StoreSession[Any],
    first: IssuedTokens,
    second: IssuedTokens,
    *,
    leeway_s: int = 0,
    now: int = NOW,
) -> Result[RefreshToken]:
    """Trade the refresh token of the first for the second."""
    assert first.refresh_token is not None
    return await session.grants.rotate_refresh_token(
        first.refresh_token.token, second, leeway_s=leeway_s, now=now, ray_id=RAY
    )


async def _revoke(session: StoreSession[Any], party: Party, grant: Grant) -> None:
    audit = party.audit(AuditEventType.GRANT_REVOKED)
    good(await session.grants.revoke_grant(grant.id, audit=audit, now=NOW, ray_id=RAY))

"""Limits on live tokens: first in, first out."""

from dataclasses import replace
from typing import Any

from qscope_store.contracts import StoreSession
from qscope_store.models import AuditEventType, IssuedTokens, RefreshToken, new_id
from qscope_store.result import ErrorCode
from qscope_store.testing.base import (
    ContractBase,
    event_types,
    events,
    good,
    issue_code,
    issue_tokens,
    make_party,
    why,
)
from qscope_store.testing.refresh import rotate
from qscope_store.testing.rows import NOW, RAY, Party


class LimitContract(ContractBase):
    """`IssuedTokens.max_active_refresh_tokens` and `max_active_access_tokens`."""

    async def test_the_oldest_refresh_token_of_a_user_makes_room(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """The limit holds for one user at one client, and takes the access tokens along."""
        # Inserted out of order: age counts, not the order of writing.
        middle, oldest, newest = [
            (await issue_tokens(session, party, at=NOW + age))[1] for age in (1, 0, 2)
        ]
        grant, code = await issue_code(session, party)
        latest = party.issued(grant, at=NOW + 3, max_active_refresh_tokens=3)
        good(await session.grants.redeem_code(code.code, latest, now=NOW + 3, ray_id=RAY))
        alive = [await _is_alive(session, tokens) for tokens in (oldest, middle, newest, latest)]
        assert alive == [(False, False), (True, True), (True, True), (True, True)]

    async def test_a_tie_of_age_is_decided_by_id(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """The lower id is evicted first."""
        ids = sorted(new_id() for _ in range(3))
        tokens = []
        for token_id in (ids[2], ids[0], ids[1]):
            grant = party.grant()
            issued = party.issued(grant, grant=grant)
            assert issued.refresh_token is not None
            access = replace(issued.access_token, refresh_token_id=token_id)
            refresh = replace(issued.refresh_token, id=token_id)
            issued = replace(issued, access_token=access, refresh_token=refresh)
            good(await session.grants.issue_tokens(issued, now=NOW, ray_id=RAY))
            tokens.append(refresh)
        await issue_tokens(session, party, max_active_refresh_tokens=2)
        left = {token.id: await _is_live(session, token) for token in tokens}
        assert left == {ids[0]: False, ids[1]: False, ids[2]: True}

    async def test_what_was_just_issued_is_never_evicted(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """Not even when its clock is behind that of another server."""
        _, ahead = await issue_tokens(session, party, at=NOW + 30)
        _, latest = await issue_tokens(session, party, max_active_refresh_tokens=1)
        assert await _is_alive(session, latest) == (True, True)
        assert await _is_alive(session, ahead) == (False, False)

    async def test_a_limit_counts_only_live_tokens_of_the_same_user_and_client(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """Not expired, rotated, revoked ones, not those of a revoked grant, not another user's."""
        _, kept = await issue_tokens(session, party)
        other = await make_party(session)
        _, foreign = await issue_tokens(session, other)
        colleague = replace(party, user=other.user)
        _, colleagues = await issue_tokens(session, colleague)
        rotated_grant, rotated = await issue_tokens(session, party)
        good(await rotate(session, rotated, party.issued(rotated_grant)))
        dead, _ = await issue_tokens(session, party)
        end = party.audit(AuditEventType.GRANT_REVOKED)
        good(await session.grants.revoke_grant(dead.id, audit=end, now=NOW, ray_id=RAY))
        await issue_tokens(session, party, at=NOW - 10**6)
        await issue_tokens(session, party, max_active_refresh_tokens=3)
        for tokens in (kept, foreign, colleagues):
            assert await _is_alive(session, tokens) == (True, True)
        assert AuditEventType.LIMIT_EVICTED not in await event_types(session)

    async def test_the_oldest_access_token_of_a_refresh_token_makes_room(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """The predecessors' access tokens count too; the refresh tokens stay."""
        grant, first = await issue_tokens(session, party)
        chain = [first]
        for age in (1, 2, 3):
            following = party.issued(grant, at=NOW + age, max_active_access_tokens=2)
            good(await rotate(session, chain[-1], following, now=NOW + age))
            chain.append(following)
        access = [
            (
                await session.access_tokens.get_active(
                    tokens.access_token.token, now=NOW + 3, ray_id=RAY
                )
            ).status
            for tokens in chain
        ]
        assert access == [False, False, True, True]
        assert await _is_alive(session, chain[-1]) == (True, True)

    async def test_each_eviction_leaves_an_audit_row(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """LIMIT_EVICTED, about the token that went."""
        evicted = [(await issue_tokens(session, party, at=NOW + age))[1] for age in range(3)]
        await issue_tokens(session, party, at=NOW + 9, max_active_refresh_tokens=1)
        subjects = [
            event.subject
            for event in await events(session)
            if event.event_type is AuditEventType.LIMIT_EVICTED
        ]
        wanted = [tokens.refresh_token.id for tokens in evicted if tokens.refresh_token]
        assert sorted(subjects) == sorted(wanted)

    async def test_an_evicted_refresh_token_is_revoked_not_replayed(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """An eviction is no sign of theft; it ends the grant that has no other live token."""
        grant, evicted = await issue_tokens(session, party)
        await issue_tokens(session, party, at=NOW + 1, max_active_refresh_tokens=1)
        result = await rotate(session, evicted, party.issued(grant), now=NOW + 1)
        assert why(result) is ErrorCode.REVOKED
        assert good(await session.grants.get_by_id(grant.id, ray_id=RAY)).revoked_at is not None

    async def test_an_eviction_spares_the_grant_of_a_living_sibling(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """Two successors made within the leeway hang on one grant; one may go alone."""
        grant, first = await issue_tokens(session, party)
        second, third = party.issued(grant, at=NOW + 1), party.issued(grant, at=NOW + 2)
        good(await rotate(session, first, second, now=NOW + 1))
        good(await rotate(session, first, third, leeway_s=60, now=NOW + 2))
        await issue_tokens(session, party, at=NOW + 3, max_active_refresh_tokens=2)
        assert await _is_alive(session, second) == (False, False)
        assert await _is_alive(session, third) == (True, True)


async def _is_live(session: StoreSession[Any], token: RefreshToken) -> bool:
    result = await session.refresh_tokens.get_active(token.token, now=NOW, ray_id=RAY)
    return result.status


async def _is_alive(session: StoreSession[Any], tokens: IssuedTokens) -> tuple[bool, bool]:
    """Whether the access and the refresh token are valid."""
    assert tokens.refresh_token is not None
    access = await session.access_tokens.get_active(tokens.access_token.token, now=NOW, ray_id=RAY)
    return access.status, await _is_live(session, tokens.refresh_token)

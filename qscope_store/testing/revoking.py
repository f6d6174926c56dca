"""Ending grants and tokens, listing what is left, and pruning what is over."""

from dataclasses import replace
from typing import Any

import pytest

from qscope_store.contracts import StoreSession
from qscope_store.models import AuditEventType, GrantedClient, PruneReport
from qscope_store.result import ErrorCode
from qscope_store.testing.base import (
    ContractBase,
    approve_device,
    consents,
    event_types,
    good,
    is_dead,
    issue_code,
    issue_tokens,
    make_party,
    why,
)
from qscope_store.testing.refresh import rotate
from qscope_store.testing.rows import NOW, RAY, Party


class RevokeContract(ContractBase):
    """`revoke_grant`, `revoke_client_grants`, `revoke_access_token`, `list_granted_clients`."""

    async def test_revoking_a_grant_ends_all_that_came_from_it(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """I5: after an acknowledged revocation no use succeeds."""
        grant, first = await issue_tokens(session, party)
        second = party.issued(grant)
        good(await rotate(session, first, second))
        _, untouched = await issue_tokens(session, party)
        audit = party.audit(AuditEventType.GRANT_REVOKED, subject=grant.id)
        revoked = await session.grants.revoke_grant(grant.id, audit=audit, now=NOW, ray_id=RAY)
        assert good(revoked).revoked_at == NOW
        assert await is_dead(session, grant, first, second)
        good(await rotate(session, untouched, party.issued(await _grant_of(session, untouched))))
        assert good(await session.audit_log.get_by_id(audit.id, ray_id=RAY)) == audit

    async def test_a_grant_is_revoked_once(self, session: StoreSession[Any], party: Party) -> None:
        """GrantTable.revoke_grant: REVOKED, NOT_FOUND; both change nothing."""
        grant, _ = await issue_tokens(session, party)
        audit = party.audit(AuditEventType.GRANT_REVOKED)
        revoke = session.grants.revoke_grant
        row = good(await revoke(grant.id, audit=audit, now=NOW, ray_id=RAY))
        before = await event_types(session)
        late = party.audit(AuditEventType.GRANT_REVOKED)
        again = await revoke(grant.id, audit=late, now=NOW + 9, ray_id=RAY)
        unknown = await revoke(party.grant().id, audit=late, now=NOW, ray_id=RAY)
        assert (why(again), why(unknown)) == (ErrorCode.REVOKED, ErrorCode.NOT_FOUND)
        assert good(await session.grants.get_by_id(grant.id, ray_id=RAY)) == row
        assert await event_types(session) == before

    async def test_an_access_token_is_revoked_alone_and_once(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """RFC 7009 section 2: REVOKED, NOT_FOUND; both change nothing."""
        grant, issued = await issue_tokens(session, party)
        token = issued.access_token.token
        revoke = session.grants.revoke_access_token
        audit = party.audit(AuditEventType.TOKEN_REVOKED)
        assert good(await revoke(token, audit=audit, now=NOW, ray_id=RAY)).revoked_at == NOW
        dead = await session.access_tokens.get_active(token, now=NOW, ray_id=RAY)
        assert why(dead) is ErrorCode.REVOKED
        late = party.audit(AuditEventType.TOKEN_REVOKED)
        again = await revoke(token, audit=late, now=NOW, ray_id=RAY)
        unknown = await revoke("unknown", audit=late, now=NOW, ray_id=RAY)
        assert (why(again), why(unknown)) == (ErrorCode.REVOKED, ErrorCode.NOT_FOUND)
        assert why(await session.audit_log.get_by_id(late.id, ray_id=RAY)) is ErrorCode.NOT_FOUND
        good(await rotate(session, issued, party.issued(grant)))

    async def test_a_user_ends_all_grants_of_a_client(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.revoke_client_grants: their number; the consent is forgotten."""
        first, _ = await issue_code(session, party)
        second, tokens = await issue_tokens(session, party)
        other = await make_party(session)
        foreign, foreign_tokens = await issue_tokens(session, replace(other, user=party.user))
        ids = (party.client.id, party.user.id)
        audit = party.audit(AuditEventType.GRANT_REVOKED)
        revoke = session.grants.revoke_client_grants
        assert good(await revoke(*ids, audit=audit, now=NOW, ray_id=RAY)) == 2
        assert await is_dead(session, first)
        assert await is_dead(session, second, tokens)
        assert not await is_dead(session, foreign, foreign_tokens)
        assert await consents(session, party) == []
        row = good(await session.audit_log.get_by_id(audit.id, ray_id=RAY))
        assert row.metadata["grants"] == 2
        nothing = party.audit(AuditEventType.GRANT_REVOKED)
        assert good(await revoke(*ids, audit=nothing, now=NOW, ray_id=RAY)) == 0
        unwritten = await session.audit_log.get_by_id(nothing.id, ray_id=RAY)
        assert why(unwritten) is ErrorCode.NOT_FOUND

    async def test_a_user_sees_the_clients_with_live_grants_newest_first(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.list_granted_clients: scopes of all live grants, each client once."""
        listed = session.grants.list_granted_clients
        assert good(await listed(party.user.id, now=NOW, ray_id=RAY)) == ()
        narrow = party.grant(scopes=("other",), created_at=NOW - 5)
        issued = party.issued(narrow, grant=narrow)
        good(await session.grants.issue_tokens(issued, now=NOW, ray_id=RAY))
        await issue_code(session, party)
        other = replace(await make_party(session), user=party.user)
        later = other.grant(created_at=NOW + 5)
        good(
            await session.grants.issue_tokens(other.issued(later, grant=later), now=NOW, ray_id=RAY)
        )
        dead, _ = await issue_tokens(session, replace(await make_party(session), user=party.user))
        good(await session.grants.update(replace(dead, revoked_at=NOW), ray_id=RAY))
        assert good(await listed(party.user.id, now=NOW, ray_id=RAY)) == (
            _granted(other, ("notes:read", "profile"), NOW + 5),
            _granted(party, ("notes:read", "other", "profile"), NOW),
        )
        assert good(await listed(party.user.id, now=NOW + 10**6, ray_id=RAY)) == ()


class PruneContract(ContractBase):
    """`GrantTable.prune`."""

    async def test_what_is_still_valid_is_never_pruned(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.prune: nothing to do writes nothing."""
        await issue_code(session, party)
        await issue_tokens(session, party)
        good(await session.grants.issue_tokens(party.issued(None), now=NOW, ray_id=RAY))
        good(await session.device_codes.insert(party.device_code(), ray_id=RAY))
        before = await event_types(session)
        assert good(await session.grants.prune(NOW, 100, ray_id=RAY)) == PruneReport()
        assert await event_types(session) == before

    async def test_everything_expired_goes_and_the_grant_with_it(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.prune: by kind, with one audit row."""
        grant, code = await issue_code(session, party)
        issued = party.issued(grant)
        good(await session.grants.redeem_code(code.code, issued, now=NOW, ray_id=RAY))
        good(await rotate(session, issued, party.issued(grant)))
        await approve_device(session, party)
        good(await session.device_codes.insert(party.device_code(), ray_id=RAY))
        good(await session.grants.issue_tokens(party.issued(None), now=NOW, ray_id=RAY))
        report = good(await session.grants.prune(NOW + 10**6, 100, ray_id=RAY))
        assert report == PruneReport(
            authorization_codes=1, access_tokens=3, refresh_tokens=2, device_codes=2, grants=2
        )
        assert (await event_types(session))[-1] is AuditEventType.PRUNED
        assert good(await session.grants.prune(NOW + 10**6, 100, ray_id=RAY)).total == 0

    async def test_the_evidence_of_a_living_grant_stays(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """A spent code and a rotated token, long expired, still end a grant that lives."""
        grant, code = await issue_code(session, party)
        first = party.issued(grant)
        good(await session.grants.redeem_code(code.code, first, now=NOW, ray_id=RAY))
        assert first.refresh_token is not None
        day = first.refresh_token.expires_at
        second = party.issued(grant, at=day - 1)
        good(await rotate(session, first, second, now=day - 1))
        report = good(await session.grants.prune(day + 60, 100, ray_id=RAY))
        assert report == PruneReport(access_tokens=1)
        assert why(await rotate(session, first, party.issued(grant), now=day + 60)) is (
            ErrorCode.REPLAYED
        )
        assert await is_dead(session, grant, second)

    async def test_a_round_deletes_no_more_than_its_limit(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.prune: called again until nothing is left, it leaves nothing."""
        for _ in range(3):
            grant, issued = await issue_tokens(session, party)
            for _ in range(3):
                following = party.issued(grant)
                good(await rotate(session, issued, following))
                issued = following
        rounds = []
        while (report := good(await session.grants.prune(NOW + 10**6, 5, ray_id=RAY))).total:
            rounds.append(report)
        assert max(max(r.access_tokens, r.refresh_tokens, r.grants) for r in rounds) <= 5
        assert sum(r.access_tokens for r in rounds) == 12
        assert sum(r.refresh_tokens for r in rounds) == 12
        assert sum(r.grants for r in rounds) == 3

    async def test_an_access_token_outlives_its_refresh_token(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.prune: it stays valid, and no longer names the deleted row."""
        _, issued = await issue_tokens(session, party)
        assert issued.refresh_token is not None
        short = replace(issued.refresh_token, expires_at=NOW + 5)
        good(await session.refresh_tokens.update(short, ray_id=RAY))
        report = good(await session.grants.prune(NOW + 10, 9, ray_id=RAY))
        assert report == PruneReport(refresh_tokens=1)
        token = issued.access_token.token
        active = await session.access_tokens.get_active(token, now=NOW + 10, ray_id=RAY)
        assert good(active).token == replace(issued.access_token, refresh_token_id=None)

    async def test_a_round_of_nothing_is_an_error(self, session: StoreSession[Any]) -> None:
        """GrantTable.prune: a limit below 1 would read as done."""
        with pytest.raises(ValueError, match="limit"):
            await session.grants.prune(NOW, 0, ray_id=RAY)


async def _grant_of(session: StoreSession[Any], tokens: Any) -> Any:
    return good(await session.grants.get_by_id(tokens.access_token.grant_id, ray_id=RAY))


def _granted(party: Party, scopes: tuple[str, ...], granted_at: int) -> GrantedClient:
    return GrantedClient(
        client_id=party.client.id,
        client_identifier=party.client.client_identifier,
        name=party.client.name,
        scopes=scopes,
        granted_at=granted_at,
    )

"""Issuing and redeeming authorization codes, and issuing tokens without one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from qscope_store.contracts import StoreSession
from qscope_store.models import AuditEventType, Client, User, new_id
from qscope_store.result import ErrorCode
from qscope_store.testing.base import (
    ContractBase,
    consents,
    event_types,
    good,
    is_dead,
    issue_code,
    issue_tokens,
    make_party,
    why,
)
from qscope_store.testing.rows import NOW, RAY, Party, user


class CodeContract(ContractBase):
    """`GrantTable.issue_code` and `redeem_code`."""

    async def test_a_code_is_issued_with_its_grant_consent_and_audit_row(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.issue_code."""
        grant, code = await issue_code(session, party)
        assert good(await session.grants.get_by_id(grant.id, ray_id=RAY)) == grant
        found = await session.authorization_codes.get_by_code(code.code, ray_id=RAY)
        assert good(found) == code
        assert [row.scopes for row in await consents(session, party)] == [grant.scopes]
        assert (await event_types(session))[-1] is AuditEventType.CODE_ISSUED

    async def test_a_new_consent_replaces_the_older_one(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.issue_code: one row for each client and user."""
        await issue_code(session, party)
        grant = party.grant()
        newer = party.consent(scopes=("profile",), updated_at=NOW + 9)
        audit = party.audit(AuditEventType.CODE_ISSUED)
        good(
            await session.grants.issue_code(
                grant, party.code(grant), newer, audit=audit, ray_id=RAY
            )
        )
        found = await consents(session, party)
        assert [(row.scopes, row.updated_at) for row in found] == [(("profile",), NOW + 9)]

    async def test_a_taken_code_leaves_no_grant_behind(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.issue_code: CONFLICT writes nothing."""
        _, code = await issue_code(session, party)
        before = await event_types(session)
        grant = party.grant()
        result = await session.grants.issue_code(
            grant,
            party.code(grant, code=code.code),
            party.consent(),
            audit=party.audit(AuditEventType.CODE_ISSUED),
            ray_id=RAY,
        )
        assert why(result) is ErrorCode.CONFLICT
        assert why(await session.grants.get_by_id(grant.id, ray_id=RAY)) is ErrorCode.NOT_FOUND
        assert await event_types(session) == before

    async def test_a_code_for_an_unknown_user_is_not_issued(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.issue_code: INSERT_FAILED."""
        stranger = replace(party, user=user())
        grant = stranger.grant()
        result = await session.grants.issue_code(
            grant,
            stranger.code(grant),
            stranger.consent(),
            audit=party.audit(AuditEventType.CODE_ISSUED),
            ray_id=RAY,
        )
        assert why(result) is ErrorCode.INSERT_FAILED

    async def test_a_code_is_exchanged_once(self, session: StoreSession[Any], party: Party) -> None:
        """GrantTable.redeem_code: the code is spent, tokens and audit row are written."""
        grant, code = await issue_code(session, party)
        issued = party.issued(grant)
        spent = good(await session.grants.redeem_code(code.code, issued, now=NOW, ray_id=RAY))
        assert spent.consumed_at == NOW
        assert replace(spent, consumed_at=None, stamp=code.stamp) == code
        found = await session.access_tokens.get_active(
            issued.access_token.token, now=NOW, ray_id=RAY
        )
        assert good(found).token == issued.access_token
        assert (await event_types(session))[-1] is AuditEventType.TOKEN_ISSUED

    async def test_second_redemption_revokes_the_grant(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """RFC 6749 section 4.1.2: REPLAYED, and what came from the code is invalid."""
        grant, code = await issue_code(session, party)
        first, second = party.issued(grant), party.issued(grant)
        good(await session.grants.redeem_code(code.code, first, now=NOW, ray_id=RAY))
        result = await session.grants.redeem_code(code.code, second, now=NOW, ray_id=RAY)
        assert why(result) is ErrorCode.REPLAYED
        assert await is_dead(session, grant, first, second)
        assert (await event_types(session))[-1] is AuditEventType.REPLAY_DETECTED

    async def test_a_spent_code_stays_replayed_after_it_has_expired(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.redeem_code."""
        grant, code = await issue_code(session, party)
        first = party.issued(grant)
        good(await session.grants.redeem_code(code.code, first, now=NOW, ray_id=RAY))
        late = code.expires_at + 1
        result = await session.grants.redeem_code(
            code.code, party.issued(grant), now=late, ray_id=RAY
        )
        assert why(result) is ErrorCode.REPLAYED
        assert await is_dead(session, grant, first)

    async def test_a_code_expires_at_its_second(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.redeem_code: EXPIRED at `expires_at`, valid one second before."""
        grant, code = await issue_code(session, party)
        grants = session.grants
        late = code.expires_at
        result = await grants.redeem_code(code.code, party.issued(grant), now=late, ray_id=RAY)
        assert why(result) is ErrorCode.EXPIRED
        good(await grants.redeem_code(code.code, party.issued(grant), now=late - 1, ray_id=RAY))

    async def test_another_clients_code_is_not_found_and_not_spent(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.redeem_code: a wrong client does not spend a code."""
        grant, code = await issue_code(session, party)
        other = await make_party(session)
        other_grant, _ = await issue_code(session, other)
        foreign = await session.grants.redeem_code(
            code.code, other.issued(other_grant), now=NOW, ray_id=RAY
        )
        unknown = await session.grants.redeem_code(
            "unknown", party.issued(grant), now=NOW, ray_id=RAY
        )
        assert (why(foreign), why(unknown)) == (ErrorCode.NOT_FOUND, ErrorCode.NOT_FOUND)
        good(await session.grants.redeem_code(code.code, party.issued(grant), now=NOW, ray_id=RAY))

    async def test_a_taken_token_spends_no_code(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.redeem_code: CONFLICT writes nothing, so the caller can try another token."""
        grant, code = await issue_code(session, party)
        _, there = await issue_tokens(session, party)
        issued = party.issued(grant)
        taken = replace(
            issued,
            access_token=replace(issued.access_token, token=there.access_token.token),
        )
        before = await event_types(session)
        result = await session.grants.redeem_code(code.code, taken, now=NOW, ray_id=RAY)
        assert why(result) is ErrorCode.CONFLICT
        assert await event_types(session) == before
        assert issued.refresh_token is not None
        left = await session.refresh_tokens.get_by_id(issued.refresh_token.id, ray_id=RAY)
        assert why(left) is ErrorCode.NOT_FOUND
        good(await session.grants.redeem_code(code.code, issued, now=NOW, ray_id=RAY))

    @pytest.mark.parametrize("end", ["client", "user", "grant"])
    async def test_a_code_ends_with_its_client_user_or_grant(
        self, session: StoreSession[Any], party: Party, end: str
    ) -> None:
        """GrantTable.redeem_code: REVOKED."""
        grant, code = await issue_code(session, party)
        if end == "grant":
            good(await session.grants.update(replace(grant, revoked_at=NOW), ray_id=RAY))
        else:
            await disable(session, party, end)
        result = await session.grants.redeem_code(
            code.code, party.issued(grant), now=NOW, ray_id=RAY
        )
        assert why(result) is ErrorCode.REVOKED


class IssueContract(ContractBase):
    """`GrantTable.issue_tokens`."""

    async def test_a_client_gets_a_token_for_itself(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """RFC 6749 section 4.4: no user, no grant."""
        issued = party.issued(None)
        result = await session.grants.issue_tokens(issued, now=NOW, ray_id=RAY)
        assert good(result) == issued.access_token
        assert (await event_types(session))[-1] is AuditEventType.TOKEN_ISSUED

    async def test_a_disabled_client_or_inactive_user_gets_no_token(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.issue_tokens: REVOKED, and no grant is left."""
        await disable(session, party, "user")
        grant = party.grant()
        for_user = await session.grants.issue_tokens(
            party.issued(grant, grant=grant), now=NOW, ray_id=RAY
        )
        good(await session.grants.issue_tokens(party.issued(None), now=NOW, ray_id=RAY))
        await disable(session, party, "client")
        for_itself = await session.grants.issue_tokens(party.issued(None), now=NOW, ray_id=RAY)
        assert (why(for_user), why(for_itself)) == (ErrorCode.REVOKED, ErrorCode.REVOKED)
        assert why(await session.grants.get_by_id(grant.id, ray_id=RAY)) is ErrorCode.NOT_FOUND

    @pytest.mark.parametrize(
        "lose",
        [
            lambda party: replace(party, client=replace(party.client, id=new_id())),
            lambda party: replace(party, user=user()),
        ],
        ids=["client", "user"],
    )
    async def test_tokens_of_an_unknown_owner_are_not_issued(
        self, session: StoreSession[Any], party: Party, lose: Callable[[Party], Party]
    ) -> None:
        """GrantTable.issue_tokens: INSERT_FAILED."""
        stranger = lose(party)
        grant = stranger.grant()
        issued = stranger.issued(grant, grant=grant)
        result = await session.grants.issue_tokens(issued, now=NOW, ray_id=RAY)
        assert why(result) is ErrorCode.INSERT_FAILED

    async def test_a_taken_token_is_a_conflict(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """GrantTable.issue_tokens: CONFLICT."""
        issued = party.issued(None)
        good(await session.grants.issue_tokens(issued, now=NOW, ray_id=RAY))
        again = replace(issued, access_token=replace(issued.access_token, id=new_id()))
        result = await session.grants.issue_tokens(again, now=NOW, ray_id=RAY)
        assert why(result) is ErrorCode.CONFLICT


async def disable(session: StoreSession[Any], party: Party, end: str) -> None:
    """Disable the client or the user of a party."""
    row: Client | User
    if end == "client":
        row = replace(party.client, is_enabled=False)
        good(await session.clients.update(row, ray_id=RAY))
    else:
        row = replace(party.user, is_active=False)
        good(await session.users.update(row, ray_id=RAY))

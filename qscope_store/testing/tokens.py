"""Codes, tokens and consents by what requests know of them."""

from dataclasses import replace
from typing import Any

import pytest

from qscope_store.contracts import StoreSession
from qscope_store.models import (
    ActiveToken,
    new_id,
)
from qscope_store.result import ErrorCode
from qscope_store.testing.base import (
    ContractBase,
    good,
    issue_code,
    issue_tokens,
    why,
)
from qscope_store.testing.rows import NOW, RAY, Party


class TokenContract(ContractBase):
    """`AuthorizationCodeTable`, `AccessTokenTable`, `RefreshTokenTable`."""

    async def test_a_code_is_found_and_deleted_by_its_digest(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """AuthorizationCodeTable."""
        _, code = await issue_code(session, party)
        codes = session.authorization_codes
        assert good(await codes.get_by_code(code.code, ray_id=RAY)) == code
        assert good(await codes.delete_by_code(code.code, ray_id=RAY)) == code
        assert why(await codes.get_by_code(code.code, ray_id=RAY)) is ErrorCode.NOT_FOUND
        assert why(await codes.delete_by_code(code.code, ray_id=RAY)) is ErrorCode.NOT_FOUND

    async def test_tokens_are_found_by_their_digests(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """AccessTokenTable, RefreshTokenTable: get_by_token, delete_by_token."""
        _, issued = await issue_tokens(session, party)
        access, refresh = issued.access_token, issued.refresh_token
        assert refresh is not None
        assert good(await session.access_tokens.get_by_token(access.token, ray_id=RAY)) == access
        assert good(await session.refresh_tokens.get_by_token(refresh.token, ray_id=RAY)) == refresh
        deleted = await session.access_tokens.delete_by_token(access.token, ray_id=RAY)
        assert good(deleted) == access
        again = await session.access_tokens.delete_by_token(access.token, ray_id=RAY)
        assert why(again) is ErrorCode.NOT_FOUND

    async def test_a_valid_token_comes_with_its_owners(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """get_active of both kinds, and of a token without a user."""
        _, issued = await issue_tokens(session, party)
        alone = party.issued(None)
        good(await session.grants.issue_tokens(alone, now=NOW, ray_id=RAY))
        access, refresh = session.access_tokens, session.refresh_tokens
        assert issued.refresh_token is not None
        owner: dict[str, Any] = {
            "client_identifier": party.client.client_identifier,
            "external_id": party.user.external_id,
        }
        found = await access.get_active(issued.access_token.token, now=NOW, ray_id=RAY)
        assert good(found) == ActiveToken(token=issued.access_token, **owner)
        found = await refresh.get_active(issued.refresh_token.token, now=NOW, ray_id=RAY)
        assert good(found) == ActiveToken(token=issued.refresh_token, **owner)
        found = await access.get_active(alone.access_token.token, now=NOW, ray_id=RAY)
        assert good(found).external_id is None

    async def test_a_token_is_valid_until_the_second_before_it_expires(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """get_active: EXPIRED from `expires_at` on."""
        _, issued = await issue_tokens(session, party)
        for table, token in (
            (session.access_tokens, issued.access_token),
            (session.refresh_tokens, issued.refresh_token),
        ):
            assert token is not None
            last = token.expires_at - 1
            good(await table.get_active(token.token, now=last, ray_id=RAY))
            late = await table.get_active(token.token, now=last + 1, ray_id=RAY)
            assert why(late) is ErrorCode.EXPIRED

    @pytest.mark.parametrize("end", ["client", "user", "grant"])
    async def test_a_token_ends_with_its_client_user_or_grant(
        self, session: StoreSession[Any], party: Party, end: str
    ) -> None:
        """get_active: REVOKED."""
        grant, issued = await issue_tokens(session, party)
        match end:
            case "client":
                row = replace(party.client, is_enabled=False)
                good(await session.clients.update(row, ray_id=RAY))
            case "user":
                good(await session.users.update(replace(party.user, is_active=False), ray_id=RAY))
            case _:
                good(await session.grants.update(replace(grant, revoked_at=NOW), ray_id=RAY))
        assert issued.refresh_token is not None
        access = await session.access_tokens.get_active(
            issued.access_token.token, now=NOW, ray_id=RAY
        )
        refresh = await session.refresh_tokens.get_active(
            issued.refresh_token.token, now=NOW, ray_id=RAY
        )
        assert (why(access), why(refresh)) == (ErrorCode.REVOKED, ErrorCode.REVOKED)

    @pytest.mark.parametrize("token", ["", "unknown", "\0", "\ud800"], ids=ascii)
    async def test_an_unknown_token_is_not_found(
        self, session: StoreSession[Any], token: str
    ) -> None:
        """Every lookup by token: NOT_FOUND."""
        results = [
            await session.access_tokens.get_active(token, now=NOW, ray_id=RAY),
            await session.refresh_tokens.get_active(token, now=NOW, ray_id=RAY),
            await session.refresh_tokens.get_by_token(token, ray_id=RAY),
            await session.access_tokens.get_by_token(token, ray_id=RAY),
            await session.authorization_codes.get_by_code(token, ray_id=RAY),
            await session.device_codes.get_by_device_code(token, ray_id=RAY),
            await session.device_codes.get_by_user_code(token, ray_id=RAY),
        ]
        assert {why(result) for result in results} == {ErrorCode.NOT_FOUND}

    async def test_live_access_tokens_of_a_refresh_token_are_counted_and_ordered(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """count_by_refresh_token, get_oldest_by_refresh_token: oldest first, ties by id."""
        grant, issued = await issue_tokens(session, party)
        assert issued.refresh_token is not None
        parent = issued.refresh_token.id
        table = session.access_tokens
        ids = sorted(new_id() for _ in range(3))
        for token_id, created_at in zip(ids, (NOW - 5, NOW - 9, NOW - 9), strict=True):
            row = party.access_token(
                grant, id=token_id, refresh_token_id=parent, created_at=created_at
            )
            good(await table.insert(row, ray_id=RAY))
        dead = party.access_token(grant, refresh_token_id=parent, created_at=1, revoked_at=NOW)
        good(await table.insert(dead, ray_id=RAY))
        assert good(await table.count_by_refresh_token(parent, now=NOW, ray_id=RAY)) == 4
        oldest = await table.get_oldest_by_refresh_token(parent, now=NOW, ray_id=RAY)
        assert good(oldest).id == ids[1]
        late = NOW + 10**6
        assert good(await table.count_by_refresh_token(parent, now=late, ray_id=RAY)) == 0
        gone = await table.get_oldest_by_refresh_token(parent, now=late, ray_id=RAY)
        assert why(gone) is ErrorCode.NOT_FOUND

    async def test_a_device_code_is_found_by_both_its_codes(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """DeviceCodeTable."""
        row = party.device_code()
        good(await session.device_codes.insert(row, ray_id=RAY))
        by_device = await session.device_codes.get_by_device_code(row.device_code, ray_id=RAY)
        by_user = await session.device_codes.get_by_user_code(row.user_code, ray_id=RAY)
        assert (good(by_device), good(by_user)) == (row, row)

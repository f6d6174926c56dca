"""Clients, users, codes and tokens by what requests know of them."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from qscope_store.contracts import StoreSession
from qscope_store.models import (
    CONFIG_BOUNDS,
    ActiveToken,
    AuditEventType,
    ClientRegistration,
    new_id,
)
from qscope_store.result import ErrorCode
from qscope_store.testing.base import (
    ContractBase,
    event_types,
    good,
    issue_code,
    issue_tokens,
    why,
)
from qscope_store.testing.rows import NOW, RAY, Party, client, client_config, user


class ClientContract(ContractBase):
    """`ClientTable` and `ClientConfigTable`."""

    async def test_a_client_is_found_by_its_identifier(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """ClientTable.get_by_client_identifier, get_registration; get_by_client_id."""
        name = party.client.client_identifier
        registration = ClientRegistration(client=party.client, config=party.config)
        found = await session.clients.get_by_client_identifier(name, ray_id=RAY)
        assert good(found) == party.client
        assert good(await session.clients.get_registration(name, ray_id=RAY)) == registration
        config = await session.client_configs.get_by_client_id(party.client.id, ray_id=RAY)
        assert good(config) == party.config

    async def test_a_disabled_client_is_found_too(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """ClientTable.get_by_client_identifier: the caller judges."""
        disabled = replace(party.client, is_enabled=False)
        good(await session.clients.update(disabled, ray_id=RAY))
        name = disabled.client_identifier
        assert good(await session.clients.get_registration(name, ray_id=RAY)).client == disabled

    @pytest.mark.parametrize("name", ["nobody", "", "\0", "\ud800", "a" * 10_000], ids=ascii)
    async def test_an_unknown_identifier_is_not_found(
        self, session: StoreSession[Any], name: str
    ) -> None:
        """Every lookup of a client: NOT_FOUND."""
        results = [
            await session.clients.get_by_client_identifier(name, ray_id=RAY),
            await session.clients.get_registration(name, ray_id=RAY),
            await session.client_configs.get_by_client_id(name, ray_id=RAY),
        ]
        assert {why(result) for result in results} == {ErrorCode.NOT_FOUND}

    async def test_a_registration_is_written_whole_or_not_at_all(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """ClientTable.register: a configuration that cannot be written takes the client with it."""
        new = client()
        audit = party.audit(AuditEventType.CLIENT_REGISTERED)
        registration = ClientRegistration(
            client=new, config=replace(client_config(new), id=party.config.id)
        )
        result = await session.clients.register(registration, audit=audit, ray_id=RAY)
        assert why(result) is ErrorCode.CONFLICT
        assert why(await session.clients.get_by_id(new.id, ray_id=RAY)) is ErrorCode.NOT_FOUND
        assert why(await session.audit_log.get_by_id(audit.id, ray_id=RAY)) is ErrorCode.NOT_FOUND

    async def test_a_client_id_is_registered_once(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """ClientTable.register: CONFLICT."""
        again = client(client_identifier=party.client.client_identifier)
        result = await session.clients.register(
            ClientRegistration(client=again, config=client_config(again)),
            audit=party.audit(AuditEventType.CLIENT_REGISTERED),
            ray_id=RAY,
        )
        assert why(result) is ErrorCode.CONFLICT

    async def test_a_change_is_written_with_its_audit_row(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """ClientTable.change."""
        renamed = replace(party.client, name="Another name")
        audit = party.audit(AuditEventType.CLIENT_UPDATED)
        assert good(await session.clients.change(renamed, audit=audit, ray_id=RAY)) == renamed
        assert good(await session.audit_log.get_by_id(audit.id, ray_id=RAY)) == audit

    async def test_a_change_of_nothing_leaves_no_audit_row(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """ClientTable.change: NOT_FOUND."""
        before = await event_types(session)
        audit = party.audit(AuditEventType.CLIENT_UPDATED)
        result = await session.clients.change(client(), audit=audit, ray_id=RAY)
        assert why(result) is ErrorCode.NOT_FOUND
        assert await event_types(session) == before

    async def test_a_client_is_removed_with_an_audit_row(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """ClientTable.remove: NOT_FOUND writes no audit row."""
        await issue_tokens(session, party)
        audit = party.audit(AuditEventType.CLIENT_DELETED)
        removed = await session.clients.remove(party.client.id, audit=audit, ray_id=RAY)
        assert good(removed) == party.client
        assert good(await session.audit_log.get_by_id(audit.id, ray_id=RAY)) == audit
        late = party.audit(AuditEventType.CLIENT_DELETED)
        again = await session.clients.remove(party.client.id, audit=late, ray_id=RAY)
        assert why(again) is ErrorCode.NOT_FOUND
        assert why(await session.audit_log.get_by_id(late.id, ray_id=RAY)) is ErrorCode.NOT_FOUND

    async def test_a_client_has_one_configuration(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """ClientConfigTable.insert: CONFLICT, and INSERT_FAILED without a client."""
        second = client_config(party.client)
        assert why(await session.client_configs.insert(second, ray_id=RAY)) is ErrorCode.CONFLICT
        lost = client_config(client())
        result = await session.client_configs.insert(lost, ray_id=RAY)
        assert why(result) is ErrorCode.INSERT_FAILED

    @pytest.mark.parametrize("field", sorted(CONFIG_BOUNDS))
    def test_a_number_outside_its_bounds_is_refused_by_name(self, field: str) -> None:
        """ClientConfig: CONFIG_BOUNDS."""
        least, greatest = CONFIG_BOUNDS[field]
        for value in (least, greatest):
            client_config(client(), **{field: value})
        for value in (least - 1, greatest + 1):
            with pytest.raises(ValueError, match=field):
                client_config(client(), **{field: value})


class UserContract(ContractBase):
    """`UserTable`."""

    async def test_a_user_is_found_by_the_hosts_key(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """UserTable.get_by_external_id."""
        found = await session.users.get_by_external_id(party.user.external_id, ray_id=RAY)
        assert good(found) == party.user
        for key in ("", "nobody", "\ud800"):
            result = await session.users.get_by_external_id(key, ray_id=RAY)
            assert why(result) is ErrorCode.NOT_FOUND

    async def test_fifty_callers_who_ensure_a_user_get_one_row(
        self, session: StoreSession[Any]
    ) -> None:
        """UserTable.ensure."""
        rows = [user(external_id="the-same") for _ in range(50)]
        results = await asyncio.gather(*(session.users.ensure(row, ray_id=RAY) for row in rows))
        assert len({good(result).id for result in results}) == 1

    async def test_a_user_is_changed_with_an_audit_row(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """UserTable.change: NOT_FOUND writes no audit row."""
        inactive = replace(party.user, is_active=False)
        audit = party.audit(AuditEventType.USER_UPDATED)
        assert good(await session.users.change(inactive, audit=audit, ray_id=RAY)) == inactive
        assert good(await session.audit_log.get_by_id(audit.id, ray_id=RAY)) == audit
        late = party.audit(AuditEventType.USER_UPDATED)
        result = await session.users.change(user(), audit=late, ray_id=RAY)
        assert why(result) is ErrorCode.NOT_FOUND
        assert why(await session.audit_log.get_by_id(late.id, ray_id=RAY)) is ErrorCode.NOT_FOUND

    async def test_ensuring_a_user_changes_nothing(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """UserTable.ensure: an inactive user stays inactive."""
        inactive = replace(party.user, is_active=False)
        good(await session.users.update(inactive, ray_id=RAY))
        newer = user(external_id=inactive.external_id)
        assert good(await session.users.ensure(newer, ray_id=RAY)) == inactive


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

    async def test_a_good_token_comes_with_whom_it_belongs_to(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """get_active of both kinds, and of a token without a user."""
        _, issued = await issue_tokens(session, party)
        alone = party.issued(None)
        good(await session.grants.issue_tokens(alone, now=NOW, ray_id=RAY))
        access, refresh = session.access_tokens, session.refresh_tokens
        assert issued.refresh_token is not None
        owner = {
            "client_identifier": party.client.client_identifier,
            "external_id": party.user.external_id,
        }
        found = await access.get_active(issued.access_token.token, now=NOW, ray_id=RAY)
        assert good(found) == ActiveToken(token=issued.access_token, **owner)
        found = await refresh.get_active(issued.refresh_token.token, now=NOW, ray_id=RAY)
        assert good(found) == ActiveToken(token=issued.refresh_token, **owner)
        found = await access.get_active(alone.access_token.token, now=NOW, ray_id=RAY)
        assert good(found).external_id is None

    async def test_a_token_is_good_until_the_second_before_it_expires(
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
    async def test_a_token_dies_with_its_client_user_or_grant(
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

    async def test_a_consent_is_found_by_client_and_user(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """ConsentTable.get_by_client_and_user."""
        row = party.consent()
        good(await session.consents.insert(row, ray_id=RAY))
        ids = (party.client.id, party.user.id)
        assert good(await session.consents.get_by_client_and_user(*ids, ray_id=RAY)) == row
        swapped = await session.consents.get_by_client_and_user(*reversed(ids), ray_id=RAY)
        assert why(swapped) is ErrorCode.NOT_FOUND
        second = await session.consents.insert(party.consent(), ray_id=RAY)
        assert why(second) is ErrorCode.CONFLICT

    async def test_a_device_code_is_found_by_both_its_codes(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """DeviceCodeTable."""
        row = party.device_code()
        good(await session.device_codes.insert(row, ray_id=RAY))
        by_device = await session.device_codes.get_by_device_code(row.device_code, ray_id=RAY)
        by_user = await session.device_codes.get_by_user_code(row.user_code, ray_id=RAY)
        assert (good(by_device), good(by_user)) == (row, row)


class AuditLogContract(ContractBase):
    """`AuditLogTable`."""

    async def test_the_audit_log_only_grows(self, session: StoreSession[Any], party: Party) -> None:
        """AuditLogTable: update and delete are refused, the row stays."""
        row = party.audit(AuditEventType.CLIENT_UPDATED, metadata={"field": "name", "n": [1, {}]})
        good(await session.audit_log.insert(row, ray_id=RAY))
        changed = replace(row, subject="something else")
        update = await session.audit_log.update(changed, ray_id=RAY)
        delete = await session.audit_log.delete_by_id(row.id, ray_id=RAY)
        assert (why(update), why(delete)) == (ErrorCode.UPDATE_FAILED, ErrorCode.DELETE_FAILED)
        assert good(await session.audit_log.get_by_id(row.id, ray_id=RAY)) == row

    async def test_an_audit_row_is_written_once(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """AuditLogTable.insert: CONFLICT; get_by_id: NOT_FOUND."""
        row = party.audit(AuditEventType.CLIENT_UPDATED)
        good(await session.audit_log.insert(row, ray_id=RAY))
        assert why(await session.audit_log.insert(row, ray_id=RAY)) is ErrorCode.CONFLICT
        assert why(await session.audit_log.get_by_id(new_id(), ray_id=RAY)) is ErrorCode.NOT_FOUND

    async def test_metadata_that_is_no_json_is_refused(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """AuditLogTable.insert: INSERT_FAILED, never an exception."""
        for value in ({1, 2}, float("nan"), b"bytes"):
            row = party.audit(AuditEventType.CLIENT_UPDATED, metadata={"odd": value})
            assert why(await session.audit_log.insert(row, ray_id=RAY)) is ErrorCode.INSERT_FAILED

    async def test_the_log_outlives_what_it_speaks_of(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """AuditLogTable: deleting a client removes no row."""
        await issue_code(session, party)
        before = await event_types(session)
        good(await session.clients.delete_by_id(party.client.id, ray_id=RAY))
        assert await event_types(session) == before

"""Clients, their configuration, and users."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from qscope_store.contracts import StoreSession
from qscope_store.models import (
    CONFIG_BOUNDS,
    AuditEventType,
    ClientIdentifier,
    ClientRegistration,
)
from qscope_store.result import ErrorCode
from qscope_store.testing.base import (
    ContractBase,
    event_types,
    good,
    issue_tokens,
    why,
)
from qscope_store.testing.rows import RAY, Party, client, client_config, user


class ClientContract(ContractBase):
    """`ClientTable` and `ClientConfigTable`."""

    async def test_a_client_is_found_by_its_identifier(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """ClientTable.get_by_client_identifier, get_registration."""
        name = party.client.client_identifier
        registration = ClientRegistration(client=party.client, config=party.config)
        found = await session.clients.get_by_client_identifier(name, ray_id=RAY)
        assert good(found) == party.client
        assert good(await session.clients.get_registration(name, ray_id=RAY)) == registration

    async def test_a_disabled_client_is_found(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """ClientTable.get_by_client_identifier: the caller judges."""
        disabled = replace(party.client, is_enabled=False)
        good(await session.clients.update(disabled, ray_id=RAY))
        name = disabled.client_identifier
        assert good(await session.clients.get_registration(name, ray_id=RAY)).client == disabled

    @pytest.mark.parametrize("name", ["unknown", "", "\0", "\ud800", "a" * 10_000], ids=ascii)
    async def test_an_unknown_identifier_is_not_found(
        self, session: StoreSession[Any], name: str
    ) -> None:
        """Every lookup of a client: NOT_FOUND."""
        results = [
            await session.clients.get_by_client_identifier(ClientIdentifier(name), ray_id=RAY),
            await session.clients.get_registration(ClientIdentifier(name), ray_id=RAY),
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
        for key in ("", "unknown", "\ud800"):
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

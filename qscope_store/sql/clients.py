"""Clients and their configuration in SQL."""

from functools import lru_cache, partial

from qscope_store.contracts import ClientConfigTable, ClientTable
from qscope_store.models import (
    AuditEvent,
    Client,
    ClientConfig,
    ClientIdentifier,
    ClientKey,
    ClientRegistration,
)
from qscope_store.queries import audit_log, clients
from qscope_store.result import ErrorCode, Result, SuccessResult, failed
from qscope_store.sql.executor import Executor, Steps
from qscope_store.sql.mapping import AUDIT_EVENT, CLIENT, CLIENT_CONFIG
from qscope_store.sql.table import SqlTable, find_record, write


class OAuthClientStore(SqlTable[Client], ClientTable):
    """`oauth_clients`."""

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor, clients.CRUD, CLIENT)

    async def get_by_client_identifier(
        self, client_identifier: ClientIdentifier, *, ray_id: str
    ) -> Result[Client]:
        """See `ClientTable.get_by_client_identifier`."""
        values = {"client_identifier": client_identifier}
        return await self._find(clients.GET_BY_CLIENT_IDENTIFIER, values, ray_id)

    async def get_registration(
        self, client_identifier: ClientIdentifier, *, ray_id: str
    ) -> Result[ClientRegistration]:
        """See `ClientTable.get_registration`; one statement."""
        values = {"client_identifier": client_identifier}
        record = await find_record(self._executor, clients.GET_REGISTRATION, values)
        if record is None:
            return failed(ErrorCode.NOT_FOUND, ray_id)
        return SuccessResult(ray_id, _registration(tuple(record)))

    async def register(
        self, registration: ClientRegistration, *, audit: AuditEvent, ray_id: str
    ) -> Result[ClientRegistration]:
        """See `ClientTable.register`."""
        unit = partial(_register, registration, audit, ray_id)
        return await write(self._executor, unit, otherwise=ErrorCode.INSERT_FAILED, ray_id=ray_id)

    async def change(self, client: Client, *, audit: AuditEvent, ray_id: str) -> Result[Client]:
        """See `ClientTable.change`."""
        return await self._change_row(client, audit, ray_id)

    async def remove(self, row_id: str, *, audit: AuditEvent, ray_id: str) -> Result[Client]:
        """See `ClientTable.remove`."""
        return await self._remove_row(row_id, audit, ray_id)


class OAuthClientConfigStore(SqlTable[ClientConfig], ClientConfigTable):
    """`oauth_client_configs`."""

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor, clients.CONFIG_CRUD, CLIENT_CONFIG)

    async def get_by_client_id(self, client_key: ClientKey, *, ray_id: str) -> Result[ClientConfig]:
        """See `ClientConfigTable.get_by_client_id`."""
        values = {"client_id": client_key}
        return await self._find(clients.GET_CONFIG_BY_CLIENT_ID, values, ray_id)


def _register(
    registration: ClientRegistration, audit: AuditEvent, ray_id: str
) -> Steps[Result[ClientRegistration]]:
    yield clients.CRUD.insert, CLIENT.values(registration.client)
    yield clients.CONFIG_CRUD.insert, CLIENT_CONFIG.values(registration.config)
    yield audit_log.INSERT, AUDIT_EVENT.values(audit)
    return SuccessResult(ray_id, registration)


# Every request reads its client, and most of them find the same record as the one before. What is
# kept here is only what a record means, never whether it is still the one in the database.
@lru_cache(maxsize=1024)
def _registration(record: tuple[str | int | None, ...]) -> ClientRegistration:
    return ClientRegistration(
        client=CLIENT.row(record), config=CLIENT_CONFIG.row(record[CLIENT.width :])
    )

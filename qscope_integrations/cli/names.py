"""Look up rows by the names that operators know, and the names of rows."""

from typing import Final, TypeVar

from qscope_integrations.cli.run import Work, need
from qscope_store.models import Client, ClientIdentifier, User
from qscope_store.result import ErrorCode, FailedResult, Result

NO_CLIENT: Final = "There is no client with this client_id; see qscope client list."
NO_USER: Final = (
    "There is no user with this key; your application's users appear when they first authorize."
)

RowT = TypeVar("RowT")


async def client_named(work: Work, client_id: str) -> Client:
    """The client with this OAuth client_id. Raises `CommandError` when there is none."""
    clients, identifier = work.session.clients, ClientIdentifier(client_id)
    return need(await clients.get_by_client_identifier(identifier, ray_id=work.ray_id), NO_CLIENT)


async def user_named(work: Work, external_id: str) -> User:
    """The user with this key in your application. Raises `CommandError` when there is none."""
    users = work.session.users
    return need(await users.get_by_external_id(external_id, ray_id=work.ray_id), NO_USER)


class Names:
    """Looks up each name once. A deleted row is shown by its key, the only name left."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._clients: dict[str, str] = {}
        self._users: dict[str, str] = {}

    async def client(self, key: str) -> str:
        """The OAuth client_id of the client with this `Client.id`."""
        if key not in self._clients:
            work = self._work
            row = _found(await work.session.clients.get_by_id(key, ray_id=work.ray_id))
            self._clients[key] = key if row is None else row.client_identifier
        return self._clients[key]

    async def user(self, key: str) -> str:
        """Your application's key of the user with this `User.id`."""
        if key not in self._users:
            work = self._work
            row = _found(await work.session.users.get_by_id(key, ray_id=work.ray_id))
            self._users[key] = key if row is None else row.external_id
        return self._users[key]


def _found(result: Result[RowT]) -> RowT | None:
    if isinstance(result, FailedResult) and result.error_code is ErrorCode.NOT_FOUND:
        return None
    return need(result)

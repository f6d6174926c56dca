"""The names behind the store's own keys, as an operator and the host know them."""

from typing import TypeVar

from qscope_integrations.cli.run import Work, need
from qscope_store.result import ErrorCode, FailedResult, Result

RowT = TypeVar("RowT")


class Names:
    """Looks names up, each once. What was deleted goes by its key, the one name that is left."""

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
        """The host's own key of the user with this `User.id`."""
        if key not in self._users:
            work = self._work
            row = _found(await work.session.users.get_by_id(key, ray_id=work.ray_id))
            self._users[key] = key if row is None else row.external_id
        return self._users[key]


def _found(result: Result[RowT]) -> RowT | None:
    if isinstance(result, FailedResult) and result.error_code is ErrorCode.NOT_FOUND:
        return None
    return need(result)

"""References to the host's users in SQL."""

from functools import partial

from qscope_store.contracts import UserTable
from qscope_store.models import AuditEvent, User
from qscope_store.queries import users
from qscope_store.result import ErrorCode, Result, SuccessResult
from qscope_store.sql.executor import Executor, Steps
from qscope_store.sql.mapping import USER
from qscope_store.sql.table import SqlTable, write


class OAuthUserStore(SqlTable[User], UserTable):
    """`oauth_users`."""

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor, users.CRUD, USER)

    async def get_by_external_id(self, external_id: str, *, ray_id: str) -> Result[User]:
        """See `UserTable.get_by_external_id`."""
        return await self._find(users.GET_BY_EXTERNAL_ID, {"external_id": external_id}, ray_id)

    async def ensure(self, user: User, *, ray_id: str) -> Result[User]:
        """See `UserTable.ensure`; writes only when the user is not there."""
        found = await self.get_by_external_id(user.external_id, ray_id=ray_id)
        if found.status:
            return found
        unit = partial(_ensure, user, ray_id)
        return await write(self._executor, unit, otherwise=ErrorCode.INSERT_FAILED, ray_id=ray_id)

    async def change(self, user: User, *, audit: AuditEvent, ray_id: str) -> Result[User]:
        """See `UserTable.change`."""
        return await self._change_row(user, audit, ray_id)


def _ensure(user: User, ray_id: str) -> Steps[Result[User]]:
    added = yield users.ADD_IF_MISSING, USER.values(user)
    if added:
        return SuccessResult(ray_id, user)
    records = yield users.GET_BY_EXTERNAL_ID, {"external_id": user.external_id}
    return SuccessResult(ray_id, USER.row(records[0]))

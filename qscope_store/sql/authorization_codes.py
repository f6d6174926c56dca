"""Authorization codes in SQL."""

from qscope_store.contracts import AuthorizationCodeTable
from qscope_store.models import AuthorizationCode
from qscope_store.queries import authorization_codes
from qscope_store.result import Result
from qscope_store.sql.executor import Executor
from qscope_store.sql.mapping import AUTHORIZATION_CODE
from qscope_store.sql.table import SqlTable


class OAuthAuthorizationCodeStore(SqlTable[AuthorizationCode], AuthorizationCodeTable):
    """`oauth_authorization_codes`."""

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor, authorization_codes.CRUD, AUTHORIZATION_CODE)

    async def get_by_code(self, code: str, *, ray_id: str) -> Result[AuthorizationCode]:
        """See `AuthorizationCodeTable.get_by_code`."""
        return await self._find(authorization_codes.GET_BY_CODE, {"code": code}, ray_id)

    async def delete_by_code(self, code: str, *, ray_id: str) -> Result[AuthorizationCode]:
        """See `AuthorizationCodeTable.delete_by_code`."""
        return await self._delete(authorization_codes.DELETE_BY_CODE, {"code": code}, ray_id)

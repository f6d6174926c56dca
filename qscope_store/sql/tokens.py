"""Access and refresh tokens in SQL."""

from typing import TypeVar

from qscope_store.contracts import AccessTokenTable, RefreshTokenTable
from qscope_store.models import AccessToken, ActiveToken, RefreshToken
from qscope_store.queries import access_tokens, refresh_tokens
from qscope_store.result import ErrorCode, Result, SuccessResult, failed
from qscope_store.sql.executor import Executor, Record, Values
from qscope_store.sql.mapping import ACCESS_TOKEN, REFRESH_TOKEN, RowMapping
from qscope_store.sql.table import SqlTable, find_record

TokenT = TypeVar("TokenT", AccessToken, RefreshToken)


class OAuthAccessTokenStore(SqlTable[AccessToken], AccessTokenTable):
    """`oauth_access_tokens`."""

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor, access_tokens.CRUD, ACCESS_TOKEN)

    async def get_by_token(self, token: str, *, ray_id: str) -> Result[AccessToken]:
        """See `AccessTokenTable.get_by_token`."""
        return await self._find(access_tokens.GET_BY_TOKEN, {"token": token}, ray_id)

    async def delete_by_token(self, token: str, *, ray_id: str) -> Result[AccessToken]:
        """See `AccessTokenTable.delete_by_token`."""
        return await self._delete(access_tokens.DELETE_BY_TOKEN, {"token": token}, ray_id)

    async def get_active(self, token: str, *, now: int, ray_id: str) -> Result[ActiveToken]:
        """See `AccessTokenTable.get_active`; one statement."""
        values = {"token": token}
        record = await find_record(self._executor, access_tokens.GET_WITH_OWNERS, values)
        if record is None:
            return failed(ErrorCode.NOT_FOUND, ray_id)
        return _active(ACCESS_TOKEN, record, now=now, ray_id=ray_id)

    async def count_by_refresh_token(
        self, refresh_token_id: str, *, now: int, ray_id: str
    ) -> Result[int]:
        """See `AccessTokenTable.count_by_refresh_token`."""
        values: Values = {"refresh_token_id": refresh_token_id, "now": now}
        record = await find_record(self._executor, access_tokens.COUNT_LIVE, values)
        return SuccessResult(ray_id, 0 if record is None else record[0])

    async def get_oldest_by_refresh_token(
        self, refresh_token_id: str, *, now: int, ray_id: str
    ) -> Result[AccessToken]:
        """See `AccessTokenTable.get_oldest_by_refresh_token`."""
        values: Values = {"refresh_token_id": refresh_token_id, "now": now}
        return await self._find(access_tokens.GET_OLDEST_LIVE, values, ray_id)


class OAuthRefreshTokenStore(SqlTable[RefreshToken], RefreshTokenTable):
    """`oauth_refresh_tokens`."""

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor, refresh_tokens.CRUD, REFRESH_TOKEN)

    async def get_by_token(self, token: str, *, ray_id: str) -> Result[RefreshToken]:
        """See `RefreshTokenTable.get_by_token`."""
        return await self._find(refresh_tokens.GET_BY_TOKEN, {"token": token}, ray_id)

    async def get_active(self, token: str, *, now: int, ray_id: str) -> Result[ActiveToken]:
        """See `RefreshTokenTable.get_active`; one statement."""
        values = {"token": token}
        record = await find_record(self._executor, refresh_tokens.GET_WITH_OWNERS, values)
        if record is None:
            return failed(ErrorCode.NOT_FOUND, ray_id)
        result = _active(REFRESH_TOKEN, record, now=now, ray_id=ray_id)
        match result:
            case SuccessResult(client_message=ActiveToken(token=RefreshToken(rotated_at=int()))):
                return failed(ErrorCode.REVOKED, ray_id)
        return result


def _active(
    mapping: RowMapping[TokenT], record: Record, *, now: int, ray_id: str
) -> Result[ActiveToken]:
    """Judge a record of `get_with_owners`."""
    token = mapping.row(record)
    client_identifier, is_enabled, grant_revoked_at, external_id, is_active = record[
        mapping.width :
    ]
    if now >= token.expires_at:
        return failed(ErrorCode.EXPIRED, ray_id)
    is_users = token.user_id is not None
    if (
        token.revoked_at is not None
        or grant_revoked_at is not None
        or not is_enabled
        or (is_users and not is_active)
    ):
        return failed(ErrorCode.REVOKED, ray_id)
    active = ActiveToken(token=token, client_identifier=client_identifier, external_id=external_id)
    return SuccessResult(ray_id, active)

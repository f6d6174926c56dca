"""Access and refresh tokens in SQL."""

from typing import ClassVar, TypeVar

from qscope_store.contracts import AccessTokenTable, RefreshTokenTable
from qscope_store.models import AccessToken, ActiveToken, RefreshToken
from qscope_store.queries import Statement, access_tokens, refresh_tokens
from qscope_store.result import ErrorCode
from qscope_store.sql.mapping import mapping
from qscope_store.sql.table import SqlTable
from qscope_store.sql.units import Steps, lookup, reads, removal

TokenT = TypeVar("TokenT", AccessToken, RefreshToken)


class OAuthAccessTokenStore(SqlTable[AccessToken], AccessTokenTable):
    """`oauth_access_tokens`."""

    row_type: ClassVar = AccessToken

    get_by_token = lookup(
        AccessTokenTable.get_by_token, access_tokens.GET_BY_TOKEN, mapping(AccessToken).row
    )
    delete_by_token = removal(
        AccessTokenTable.delete_by_token, access_tokens.DELETE_BY_TOKEN, mapping(AccessToken).row
    )
    count_by_refresh_token = lookup(
        AccessTokenTable.count_by_refresh_token, access_tokens.COUNT_LIVE, lambda record: record[0]
    )
    get_oldest_by_refresh_token = lookup(
        AccessTokenTable.get_oldest_by_refresh_token,
        access_tokens.GET_OLDEST_LIVE,
        mapping(AccessToken).row,
    )

    @reads
    def get_active(self, token: str, *, now: int, ray_id: str) -> Steps[ActiveToken | ErrorCode]:
        """See `AccessTokenTable.get_active`; one statement."""
        return (yield from _active(AccessToken, access_tokens.GET_WITH_OWNERS, token, now=now))


class OAuthRefreshTokenStore(SqlTable[RefreshToken], RefreshTokenTable):
    """`oauth_refresh_tokens`."""

    row_type: ClassVar = RefreshToken

    get_by_token = lookup(
        RefreshTokenTable.get_by_token, refresh_tokens.GET_BY_TOKEN, mapping(RefreshToken).row
    )

    @reads
    def get_active(self, token: str, *, now: int, ray_id: str) -> Steps[ActiveToken | ErrorCode]:
        """See `RefreshTokenTable.get_active`; one statement."""
        return (yield from _active(RefreshToken, refresh_tokens.GET_WITH_OWNERS, token, now=now))


def _active(
    row_type: type[TokenT], statement: Statement, token: str, *, now: int
) -> Steps[ActiveToken | ErrorCode]:
    """Judge a record of `get_with_owners`."""
    records = yield statement, {"token": token}
    if not records:
        return ErrorCode.NOT_FOUND
    rows = mapping(row_type)
    row, owners = rows.row(records[0]), records[0][rows.width :]
    client_identifier, is_enabled, grant_revoked_at, external_id, is_active = owners
    if now >= row.expires_at:
        return ErrorCode.EXPIRED
    if (
        row.revoked_at is not None
        or (isinstance(row, RefreshToken) and row.rotated_at is not None)
        or grant_revoked_at is not None
        or not is_enabled
        or (row.user_id is not None and not is_active)
    ):
        return ErrorCode.REVOKED
    return ActiveToken(token=row, client_identifier=client_identifier, external_id=external_id)

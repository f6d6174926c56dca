"""`oauth_grants` as a table, and the transitions as methods."""

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from qscope_store.contracts import GrantTable
from qscope_store.models import (
    AccessToken,
    AuditEvent,
    AuthorizationCode,
    ClientKey,
    Consent,
    DeviceCode,
    Grant,
    GrantedClient,
    IssuedTokens,
    PruneReport,
    RateWindow,
    RefreshToken,
)
from qscope_store.queries import grants
from qscope_store.result import ErrorCode, Result
from qscope_store.sql.executor import Executor, Unit
from qscope_store.sql.grants import devices, issuing, pruning, redeeming, revoking
from qscope_store.sql.mapping import GRANT
from qscope_store.sql.table import SqlTable, write

T = TypeVar("T")


class OAuthGrantStore(SqlTable[Grant], GrantTable):
    """Each transition is one unit of work; the generators say what it does."""

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor, grants.CRUD, GRANT)

    async def issue_code(
        self,
        grant: Grant,
        code: AuthorizationCode,
        consent: Consent,
        *,
        audit: AuditEvent,
        ray_id: str,
    ) -> Result[AuthorizationCode]:
        """See `GrantTable.issue_code`."""
        unit = partial(issuing.issue_code, grant, code, consent, audit=audit, ray_id=ray_id)
        return await self._insert(unit, ray_id)

    async def issue_tokens(
        self, issued: IssuedTokens, *, now: int, ray_id: str
    ) -> Result[AccessToken]:
        """See `GrantTable.issue_tokens`."""
        unit = partial(issuing.issue_tokens, issued, now=now, ray_id=ray_id)
        return await self._insert(unit, ray_id)

    async def redeem_code(
        self, code: str, issued: IssuedTokens, *, now: int, ray_id: str
    ) -> Result[AuthorizationCode]:
        """See `GrantTable.redeem_code`."""
        unit = partial(redeeming.redeem_code, code, issued, now=now, ray_id=ray_id)
        return await self._insert(unit, ray_id)

    async def rotate_refresh_token(
        self, token: str, issued: IssuedTokens, *, leeway_s: int, now: int, ray_id: str
    ) -> Result[RefreshToken]:
        """See `GrantTable.rotate_refresh_token`."""
        if issued.refresh_token is None:
            raise ValueError("a rotation needs a refresh token to follow the spent one")
        unit = partial(
            redeeming.rotate_refresh_token,
            token,
            issued,
            leeway_s=leeway_s,
            now=now,
            ray_id=ray_id,
        )
        return await self._insert(unit, ray_id)

    async def detect_reuse(
        self, token: str, *, leeway_s: int, audit: AuditEvent, now: int, ray_id: str
    ) -> Result[RefreshToken]:
        """See `GrantTable.detect_reuse`."""
        unit = partial(
            redeeming.detect_reuse, token, leeway_s=leeway_s, audit=audit, now=now, ray_id=ray_id
        )
        return await self._change(unit, ray_id)

    async def claim_device_code(
        self,
        user_code: str,
        user_id: str,
        *,
        guesses: Sequence[RateWindow],
        by: str,
        now: int,
        ray_id: str,
    ) -> Result[DeviceCode]:
        """See `GrantTable.claim_device_code`."""
        unit = partial(
            devices.claim_device_code,
            user_code,
            user_id,
            guesses=guesses,
            by=by,
            now=now,
            ray_id=ray_id,
        )
        return await self._change(unit, ray_id)

    async def decide_device_code(
        self, device_code_id: str, grant: Grant | None, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Result[DeviceCode]:
        """See `GrantTable.decide_device_code`."""
        unit = partial(
            devices.decide_device_code,
            device_code_id,
            grant,
            audit=audit,
            now=now,
            ray_id=ray_id,
        )
        return await self._insert(unit, ray_id)

    async def record_device_poll(
        self, device_code: str, *, now: int, ray_id: str
    ) -> Result[DeviceCode]:
        """See `GrantTable.record_device_poll`."""
        unit = partial(devices.record_device_poll, device_code, now=now, ray_id=ray_id)
        return await self._change(unit, ray_id)

    async def redeem_device_code(
        self, device_code: str, issued: IssuedTokens, *, now: int, ray_id: str
    ) -> Result[DeviceCode]:
        """See `GrantTable.redeem_device_code`."""
        unit = partial(devices.redeem_device_code, device_code, issued, now=now, ray_id=ray_id)
        return await self._insert(unit, ray_id)

    async def revoke_grant(
        self, grant_id: str, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Result[Grant]:
        """See `GrantTable.revoke_grant`."""
        unit = partial(revoking.revoke_grant, grant_id, audit=audit, now=now, ray_id=ray_id)
        return await self._change(unit, ray_id)

    async def revoke_client_grants(
        self, client_key: ClientKey, user_id: str, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Result[int]:
        """See `GrantTable.revoke_client_grants`."""
        unit = partial(
            revoking.revoke_client_grants,
            client_key,
            user_id,
            audit=audit,
            now=now,
            ray_id=ray_id,
        )
        return await self._change(unit, ray_id)

    async def revoke_access_token(
        self, token: str, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Result[AccessToken]:
        """See `GrantTable.revoke_access_token`."""
        unit = partial(revoking.revoke_access_token, token, audit=audit, now=now, ray_id=ray_id)
        return await self._change(unit, ray_id)

    async def list_granted_clients(
        self, user_id: str, *, now: int, ray_id: str
    ) -> Result[tuple[GrantedClient, ...]]:
        """See `GrantTable.list_granted_clients`."""
        unit = partial(revoking.list_granted_clients, user_id, now=now, ray_id=ray_id)
        return await self._executor.read(unit)

    async def prune(self, now: int, limit: int, *, ray_id: str) -> Result[PruneReport]:
        """See `GrantTable.prune`. Raises ValueError when the limit is below 1."""
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        unit = partial(pruning.prune, now, limit, ray_id=ray_id)
        return await self._executor.write(unit)

    async def _insert(self, unit: Unit[Result[T]], ray_id: str) -> Result[T]:
        return await write(self._executor, unit, otherwise=ErrorCode.INSERT_FAILED, ray_id=ray_id)

    async def _change(self, unit: Unit[Result[T]], ray_id: str) -> Result[T]:
        return await write(self._executor, unit, otherwise=ErrorCode.NOT_FOUND, ray_id=ray_id)

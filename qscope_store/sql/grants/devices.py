"""Device authorizations: the user's decision, the client's polls, and the redemption."""

from collections.abc import Sequence

from qscope_store.models import (
    AuditEvent,
    AuditEventType,
    Consent,
    DeviceCode,
    DeviceCodeState,
    Grant,
    IssuedTokens,
    RateWindow,
)
from qscope_store.queries import consents, device_codes, rate_limits, rows
from qscope_store.result import ErrorCode
from qscope_store.sql.grants.issuing import lock_user, write_tokens
from qscope_store.sql.grants.redeeming import end_grant
from qscope_store.sql.mapping import insert, mapping
from qscope_store.sql.stores import hit_step
from qscope_store.sql.units import Steps, writes

_PENDING = DeviceCodeState.PENDING.value
_APPROVED = DeviceCodeState.APPROVED.value
_CONSUMED = DeviceCodeState.CONSUMED.value


class DeviceTransitions:
    """What decides, polls and spends device authorizations."""

    @writes(ErrorCode.NOT_FOUND)
    def claim_device_code(
        self,
        user_code: str,
        user_id: str,
        *,
        guesses: Sequence[RateWindow],
        by: str,
        now: int,
        ray_id: str,
    ) -> Steps[DeviceCode | ErrorCode]:
        """See `GrantTable.claim_device_code`."""
        # Counted first and taken back, so that concurrent attempts cannot exceed the limit.
        counted: list[str] = []
        for window in guesses:
            if not (yield hit_step(window, now=now)):
                yield from _take_back(counted)
                return ErrorCode.LIMITED
            counted.append(window.key)
        key = {"user_code": user_code}
        claimed = yield (
            device_codes.CLAIM,
            {**key, "user_id": user_id, "pending": _PENDING, "now": now, "by": by},
        )
        if claimed:
            yield from _take_back(counted)
            return mapping(DeviceCode).row(claimed[0])
        found = yield device_codes.GET_BY_USER_CODE, key
        if not found:
            return ErrorCode.NOT_FOUND
        return _why_undecidable(mapping(DeviceCode).row(found[0]), now=now)

    @writes(ErrorCode.INSERT_FAILED)
    def decide_device_code(
        self, device_code_id: str, grant: Grant | None, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Steps[DeviceCode | ErrorCode]:
        """See `GrantTable.decide_device_code`."""
        state = DeviceCodeState.DENIED if grant is None else DeviceCodeState.APPROVED
        decided = yield (
            device_codes.DECIDE,
            {
                "id": device_code_id,
                "state": state.value,
                "pending": _PENDING,
                "user_id": audit.user_id,
                "now": now,
                "by": audit.created_by,
            },
        )
        if decided and grant is not None:
            yield insert(grant)
            yield device_codes.BIND_GRANT, {"id": device_code_id, "grant_id": grant.id}
            yield consents.PUT, mapping(Consent).values(Consent.to(grant))
        found = yield rows.GET[DeviceCode], {"id": device_code_id}
        if not found:
            return ErrorCode.NOT_FOUND
        row = mapping(DeviceCode).row(found[0])
        if decided:
            yield insert(audit)
            return row
        return _why_undecidable(row, now=now)

    @writes(ErrorCode.NOT_FOUND)
    def record_device_poll(
        self, device_code: str, *, now: int, ray_id: str
    ) -> Steps[DeviceCode | ErrorCode]:
        """See `GrantTable.record_device_poll`."""
        key = {"device_code": device_code}
        waited = yield device_codes.POLL, {**key, "pending": _PENDING, "now": now}
        if waited:
            return ErrorCode.PENDING
        found = yield device_codes.GET_BY_DEVICE_CODE, key
        if not found:
            return ErrorCode.NOT_FOUND
        row = mapping(DeviceCode).row(found[0])
        why_not = _why_not(row, now=now)
        if why_not is None:
            return row
        if why_not is ErrorCode.PENDING:
            yield device_codes.SLOW_DOWN, {"id": row.id}
            return ErrorCode.SLOW_DOWN
        return why_not

    @writes(ErrorCode.INSERT_FAILED)
    def redeem_device_code(
        self, device_code: str, issued: IssuedTokens, *, now: int, ray_id: str
    ) -> Steps[DeviceCode | ErrorCode]:
        """See `GrantTable.redeem_device_code`."""
        yield from lock_user(issued)
        spent = yield (
            device_codes.CONSUME,
            {
                "device_code": device_code,
                "client_id": issued.access_token.client_id,
                "grant_id": issued.access_token.grant_id,
                "approved": _APPROVED,
                "consumed": _CONSUMED,
                "now": now,
                "by": issued.audit.created_by,
            },
        )
        if spent:
            yield from write_tokens(issued, now=now)
            return mapping(DeviceCode).row(spent[0])
        found = yield device_codes.GET_BY_DEVICE_CODE, {"device_code": device_code}
        row = mapping(DeviceCode).row(found[0]) if found else None
        if row is None or row.client_id != issued.access_token.client_id:
            return ErrorCode.NOT_FOUND
        why_not = _why_not(row, now=now) or ErrorCode.REVOKED
        if why_not is ErrorCode.REPLAYED and row.grant_id is not None:
            yield from end_grant(
                row.grant_id, issued.audit.outcome(AuditEventType.REPLAY_DETECTED), now=now
            )
        return why_not


def _take_back(keys: Sequence[str]) -> Steps[None]:
    for key in keys:
        yield rate_limits.TAKE_BACK, {"key": key}


def _why_undecidable(row: DeviceCode, *, now: int) -> ErrorCode:
    """Why a user cannot claim or decide this authorization, once it is known that they cannot."""
    is_over = row.state is DeviceCodeState.PENDING and now >= row.expires_at
    return ErrorCode.EXPIRED if is_over else ErrorCode.CONFLICT


def _why_not(row: DeviceCode, *, now: int) -> ErrorCode | None:
    """Why this authorization cannot be redeemed; None when, by its own row, it can."""
    if row.state is DeviceCodeState.CONSUMED:
        return ErrorCode.REPLAYED
    if now >= row.expires_at or row.state is DeviceCodeState.EXPIRED:
        return ErrorCode.EXPIRED
    if row.state is DeviceCodeState.DENIED:
        return ErrorCode.DENIED
    return ErrorCode.PENDING if row.state is DeviceCodeState.PENDING else None

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
from qscope_store.queries import consents, device_codes, grants, rate_limits
from qscope_store.result import ErrorCode, Result, SuccessResult, failed
from qscope_store.sql.executor import Steps
from qscope_store.sql.grants.issuing import record, wait_for_turn, write_tokens
from qscope_store.sql.grants.redeeming import end_grant
from qscope_store.sql.mapping import CONSENT, DEVICE_CODE, GRANT
from qscope_store.sql.rate_limits import hit_step

_PENDING = DeviceCodeState.PENDING.value
_APPROVED = DeviceCodeState.APPROVED.value
_CONSUMED = DeviceCodeState.CONSUMED.value


def claim_device_code(
    user_code: str,
    user_id: str,
    *,
    guesses: Sequence[RateWindow],
    by: str,
    now: int,
    ray_id: str,
) -> Steps[Result[DeviceCode]]:
    """See `GrantTable.claim_device_code`."""
    # Counted first and taken back: of attempts that run at once none is looked up beyond the limit.
    counted: list[str] = []
    for window in guesses:
        if not (yield hit_step(window, now=now)):
            yield from _take_back(counted)
            return failed(ErrorCode.LIMITED, ray_id)
        counted.append(window.key)
    key = {"user_code": user_code}
    claimed = yield (
        device_codes.CLAIM,
        {**key, "user_id": user_id, "pending": _PENDING, "now": now, "by": by},
    )
    if claimed:
        yield from _take_back(counted)
        return SuccessResult(ray_id, DEVICE_CODE.row(claimed[0]))
    found = yield device_codes.GET_BY_USER_CODE, key
    if not found:
        return failed(ErrorCode.NOT_FOUND, ray_id)
    return failed(_why_undecidable(DEVICE_CODE.row(found[0]), now=now), ray_id)


def decide_device_code(
    device_code_id: str, grant: Grant | None, *, audit: AuditEvent, now: int, ray_id: str
) -> Steps[Result[DeviceCode]]:
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
        yield grants.CRUD.insert, GRANT.values(grant)
        yield device_codes.BIND_GRANT, {"id": device_code_id, "grant_id": grant.id}
        yield consents.PUT, CONSENT.values(Consent.to(grant))
    found = yield device_codes.CRUD.get, {"id": device_code_id}
    if not found:
        return failed(ErrorCode.NOT_FOUND, ray_id)
    row = DEVICE_CODE.row(found[0])
    if decided:
        yield record(audit)
        return SuccessResult(ray_id, row)
    return failed(_why_undecidable(row, now=now), ray_id)


def record_device_poll(device_code: str, *, now: int, ray_id: str) -> Steps[Result[DeviceCode]]:
    """See `GrantTable.record_device_poll`."""
    key = {"device_code": device_code}
    waited = yield device_codes.POLL, {**key, "pending": _PENDING, "now": now}
    if waited:
        return failed(ErrorCode.PENDING, ray_id)
    found = yield device_codes.GET_BY_DEVICE_CODE, key
    if not found:
        return failed(ErrorCode.NOT_FOUND, ray_id)
    row = DEVICE_CODE.row(found[0])
    why_not = _why_not(row, now=now)
    if why_not is None:
        return SuccessResult(ray_id, row)
    if why_not is ErrorCode.PENDING:
        yield device_codes.SLOW_DOWN, {"id": row.id}
        return failed(ErrorCode.SLOW_DOWN, ray_id)
    return failed(why_not, ray_id)


def redeem_device_code(
    device_code: str, issued: IssuedTokens, *, now: int, ray_id: str
) -> Steps[Result[DeviceCode]]:
    """See `GrantTable.redeem_device_code`."""
    yield from wait_for_turn(issued)
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
        return SuccessResult(ray_id, DEVICE_CODE.row(spent[0]))
    found = yield device_codes.GET_BY_DEVICE_CODE, {"device_code": device_code}
    row = DEVICE_CODE.row(found[0]) if found else None
    if row is None or row.client_id != issued.access_token.client_id:
        return failed(ErrorCode.NOT_FOUND, ray_id)
    why_not = _why_not(row, now=now) or ErrorCode.REVOKED
    if why_not is ErrorCode.REPLAYED and row.grant_id is not None:
        yield from end_grant(
            row.grant_id, issued.audit.outcome(AuditEventType.REPLAY_DETECTED), now=now
        )
    return failed(why_not, ray_id)


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

"""Spending authorization codes and refresh tokens."""

from qscope_store.models import (
    AuditEvent,
    AuditEventType,
    AuthorizationCode,
    IssuedTokens,
    RefreshToken,
)
from qscope_store.queries import authorization_codes, grants, refresh_tokens, users
from qscope_store.result import ErrorCode
from qscope_store.sql.grants.issuing import lock_user, write_tokens
from qscope_store.sql.mapping import insert, mapping
from qscope_store.sql.units import Steps, Values, writes


class RedeemingTransitions:
    """What spends a code or a refresh token."""

    @writes(ErrorCode.INSERT_FAILED)
    def redeem_code(
        self, code: str, issued: IssuedTokens, *, now: int, ray_id: str
    ) -> Steps[AuthorizationCode | ErrorCode]:
        """See `GrantTable.redeem_code`."""
        yield from lock_user(issued)
        spent = yield (
            authorization_codes.CONSUME,
            {
                "code": code,
                "client_id": issued.access_token.client_id,
                "grant_id": issued.access_token.grant_id,
                "now": now,
                "by": issued.audit.created_by,
            },
        )
        if spent:
            yield from write_tokens(issued, now=now)
            return mapping(AuthorizationCode).row(spent[0])
        found = yield authorization_codes.GET_BY_CODE, {"code": code}
        row = mapping(AuthorizationCode).row(found[0]) if found else None
        if row is None or row.client_id != issued.access_token.client_id:
            return ErrorCode.NOT_FOUND
        if row.consumed_at is not None:
            yield from end_grant(
                row.grant_id, issued.audit.outcome(AuditEventType.REPLAY_DETECTED), now=now
            )
            return ErrorCode.REPLAYED
        return ErrorCode.EXPIRED if now >= row.expires_at else ErrorCode.REVOKED

    @writes(ErrorCode.INSERT_FAILED)
    def rotate_refresh_token(
        self, token: str, issued: IssuedTokens, *, leeway_s: int, now: int, ray_id: str
    ) -> Steps[RefreshToken | ErrorCode]:
        """See `GrantTable.rotate_refresh_token`."""
        if issued.refresh_token is None:
            raise ValueError("a rotation needs a refresh token to follow the spent one")
        values = {
            "token": token,
            "client_id": issued.access_token.client_id,
            "grant_id": issued.access_token.grant_id,
            "since": now - leeway_s,
            "now": now,
            "by": issued.audit.created_by,
        }
        yield from lock_user(issued)
        spent = yield refresh_tokens.ROTATE, values
        takes_place = bool(spent)
        if not spent and leeway_s > 0:
            spent = yield refresh_tokens.ROTATE_AGAIN, values
        if spent:
            row = mapping(RefreshToken).row(spent[0])
            yield from write_tokens(issued, predecessor_id=row.id, takes_place=takes_place, now=now)
            return row
        found = yield refresh_tokens.GET_BY_TOKEN, {"token": token}
        row_found = mapping(RefreshToken).row(found[0]) if found else None
        if row_found is None or row_found.client_id != issued.access_token.client_id:
            return ErrorCode.NOT_FOUND
        if row_found.rotated_at is not None:
            yield from end_grant(
                row_found.grant_id, issued.audit.outcome(AuditEventType.REUSE_DETECTED), now=now
            )
            return ErrorCode.REPLAYED
        return ErrorCode.EXPIRED if now >= row_found.expires_at else ErrorCode.REVOKED

    @writes(ErrorCode.NOT_FOUND)
    def detect_reuse(
        self, token: str, *, leeway_s: int, audit: AuditEvent, now: int, ray_id: str
    ) -> Steps[RefreshToken | ErrorCode]:
        """See `GrantTable.detect_reuse`."""
        found = yield refresh_tokens.GET_BY_TOKEN, {"token": token}
        if not found:
            return ErrorCode.NOT_FOUND
        row = mapping(RefreshToken).row(found[0])
        yield users.LOCK, {"user_id": row.user_id}
        if row.rotated_at is None or (yield from _is_within_leeway(row, leeway_s, audit, now)):
            return row
        yield from end_grant(row.grant_id, audit, now=now)
        return ErrorCode.REPLAYED


def _is_within_leeway(row: RefreshToken, leeway_s: int, audit: AuditEvent, now: int) -> Steps[bool]:
    if leeway_s == 0:
        return False
    # The statement that would spend it again decides; it writes only who asked, and when.
    spendable = yield (
        refresh_tokens.ROTATE_AGAIN,
        {
            "token": row.token,
            "client_id": row.client_id,
            "grant_id": row.grant_id,
            "since": now - leeway_s,
            "now": now,
            "by": audit.created_by,
        },
    )
    return bool(spendable)


def end_grant(grant_id: str, audit: AuditEvent, *, now: int) -> Steps[None]:
    """Revoke a grant, unless it is revoked already, and record why."""
    stamp: Values = {"now": now, "by": audit.created_by}
    yield grants.REVOKE, {**stamp, "id": grant_id}
    yield refresh_tokens.REVOKE_BY_GRANT, {**stamp, "grant_id": grant_id}
    yield insert(audit)

"""Writing codes and tokens, and keeping the limits."""

from typing import Final

from qscope_store.models import (
    AccessToken,
    AuditEvent,
    AuditEventType,
    AuthorizationCode,
    Consent,
    Grant,
    IssuedTokens,
    RefreshToken,
)
from qscope_store.queries import (
    access_tokens,
    audit_log,
    authorization_codes,
    consents,
    grants,
    refresh_tokens,
    users,
)
from qscope_store.result import ErrorCode, Result, SuccessResult, failed
from qscope_store.sql.executor import Step, Steps, Values
from qscope_store.sql.mapping import (
    ACCESS_TOKEN,
    AUDIT_EVENT,
    AUTHORIZATION_CODE,
    CONSENT,
    GRANT,
    REFRESH_TOKEN,
)

# OFFSET needs a LIMIT in SQLite; no client has more live tokens than this.
_ALL: Final = 2**31 - 1


def record(audit: AuditEvent) -> Step:
    """The statement that writes an audit row."""
    return audit_log.INSERT, AUDIT_EVENT.values(audit)


def issue_code(
    grant: Grant, code: AuthorizationCode, consent: Consent, *, audit: AuditEvent, ray_id: str
) -> Steps[Result[AuthorizationCode]]:
    """See `GrantTable.issue_code`."""
    yield grants.CRUD.insert, GRANT.values(grant)
    yield authorization_codes.CRUD.insert, AUTHORIZATION_CODE.values(code)
    yield consents.PUT, CONSENT.values(consent)
    yield record(audit)
    return SuccessResult(ray_id, code)


def issue_tokens(issued: IssuedTokens, *, now: int, ray_id: str) -> Steps[Result[AccessToken]]:
    """See `GrantTable.issue_tokens`."""
    token = issued.access_token
    yield from wait_for_turn(issued)
    owners = yield grants.GET_OWNERS, {"client_id": token.client_id, "user_id": token.user_id}
    if not owners:
        return failed(ErrorCode.INSERT_FAILED, ray_id)
    is_enabled, is_active = owners[0]
    # An unknown user has no state; the foreign key of the grant refuses it.
    if not is_enabled or is_active == 0:
        return failed(ErrorCode.REVOKED, ray_id)
    yield from write_tokens(issued, now=now)
    return SuccessResult(ray_id, token)


def wait_for_turn(issued: IssuedTokens) -> Steps[None]:
    """Issue to a user one after the other; no two transitions then hold what the other waits for.

    It comes before the compare-and-set, for that one takes the row which an eviction may want.
    """
    if issued.access_token.user_id is not None:
        yield users.LOCK, {"user_id": issued.access_token.user_id}


def write_tokens(
    issued: IssuedTokens,
    *,
    predecessor_id: str | None = None,
    takes_place: bool = False,
    now: int,
) -> Steps[None]:
    """Write what a transition buys, and put an end to what is over the limits.

    `takes_place` says that the refresh token follows a live one that has just been spent: there are
    not more of them than before, so nobody has to count up to a thousand.
    """
    if issued.grant is not None:
        yield grants.CRUD.insert, GRANT.values(issued.grant)
    if issued.refresh_token is not None:
        values = REFRESH_TOKEN.values(issued.refresh_token)
        if predecessor_id is not None:
            values["predecessor_id"] = predecessor_id
        yield refresh_tokens.CRUD.insert, values
    yield access_tokens.CRUD.insert, ACCESS_TOKEN.values(issued.access_token)
    yield record(issued.audit)
    yield from _keep_limits(issued, takes_place=takes_place, now=now)


def _keep_limits(issued: IssuedTokens, *, takes_place: bool, now: int) -> Steps[None]:
    refresh_token = None if takes_place else issued.refresh_token
    access_token = issued.access_token
    if refresh_token is not None and issued.max_active_refresh_tokens is not None:
        yield from _limit_refresh_tokens(
            refresh_token, issued.max_active_refresh_tokens, audit=issued.audit, now=now
        )
    if access_token.refresh_token_id is not None and issued.max_active_access_tokens is not None:
        yield from _limit_access_tokens(
            access_token, issued.max_active_access_tokens, audit=issued.audit, now=now
        )


def _limit_refresh_tokens(
    token: RefreshToken, maximum: int, *, audit: AuditEvent, now: int
) -> Steps[None]:
    """Revoke the oldest refresh tokens of the user at the client, and their access tokens."""
    over_limit = yield (
        refresh_tokens.GET_OVER_LIMIT,
        {
            "client_id": token.client_id,
            "user_id": token.user_id,
            "issued_id": token.id,
            "keep": maximum - 1,
            "all": _ALL,
            "now": now,
        },
    )
    stamp: Values = {"now": now, "by": audit.created_by}
    for token_id, grant_id in over_limit:
        if not (yield refresh_tokens.EVICT, {**stamp, "id": token_id}):
            continue
        # A grant that has another live refresh token goes on, without what this one has bought.
        ended = yield grants.REVOKE_WITHOUT_REFRESH_TOKEN, {**stamp, "id": grant_id}
        if not ended:
            yield access_tokens.REVOKE_BY_REFRESH_TOKEN, {**stamp, "refresh_token_id": token_id}
        yield record(
            audit.derived(AuditEventType.LIMIT_EVICTED, subject=token_id, kind="refresh_token")
        )


def _limit_access_tokens(
    token: AccessToken, maximum: int, *, audit: AuditEvent, now: int
) -> Steps[None]:
    """Revoke the oldest access tokens of the grant."""
    over_limit = yield (
        access_tokens.GET_OVER_LIMIT,
        {
            "grant_id": token.grant_id,
            "issued_id": token.id,
            "keep": maximum - 1,
            "all": _ALL,
            "now": now,
        },
    )
    for (token_id,) in over_limit:
        evicted = yield access_tokens.EVICT, {"id": token_id, "now": now, "by": audit.created_by}
        if evicted:
            yield record(
                audit.derived(AuditEventType.LIMIT_EVICTED, subject=token_id, kind="access_token")
            )

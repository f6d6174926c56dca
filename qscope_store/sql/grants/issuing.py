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
from qscope_store.queries import access_tokens, consents, grants, refresh_tokens, users
from qscope_store.result import ErrorCode
from qscope_store.sql.mapping import insert, mapping
from qscope_store.sql.units import Steps, Values, writes

# OFFSET needs a LIMIT in SQLite; no client has more live tokens than this.
_ALL: Final = 2**31 - 1


class IssuingTransitions:
    """What writes codes and tokens without spending a credential."""

    @writes(ErrorCode.INSERT_FAILED)
    def issue_code(
        self,
        grant: Grant,
        code: AuthorizationCode,
        consent: Consent,
        *,
        audit: AuditEvent,
        ray_id: str,
    ) -> Steps[AuthorizationCode | ErrorCode]:
        """See `GrantTable.issue_code`."""
        yield insert(grant)
        yield insert(code)
        yield consents.PUT, mapping(Consent).values(consent)
        yield insert(audit)
        return code

    @writes(ErrorCode.INSERT_FAILED)
    def issue_tokens(
        self, issued: IssuedTokens, *, now: int, ray_id: str
    ) -> Steps[AccessToken | ErrorCode]:
        """See `GrantTable.issue_tokens`."""
        token = issued.access_token
        yield from lock_user(issued)
        owners = yield grants.GET_OWNERS, {"client_id": token.client_id, "user_id": token.user_id}
        if not owners:
            return ErrorCode.INSERT_FAILED
        is_enabled, is_active = owners[0]
        # An unknown user has no state; the foreign key of the grant refuses it.
        if not is_enabled or is_active == 0:
            return ErrorCode.REVOKED
        yield from write_tokens(issued, now=now)
        return token


def lock_user(issued: IssuedTokens) -> Steps[None]:
    """Let no other transition issue to the user of these tokens until the unit ends.

    It comes before the compare-and-set, which locks the row that an eviction may want: so no two
    transitions hold what the other waits for.
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
    """Write what a transition issues, and revoke what is over the limits.

    `takes_place` says that the refresh token follows a live one that has just been spent: their
    number is as before, so they need not be counted.
    """
    if issued.grant is not None:
        yield insert(issued.grant)
    if issued.refresh_token is not None:
        statement, values = insert(issued.refresh_token)
        if predecessor_id is not None:
            values = {**values, "predecessor_id": predecessor_id}
        yield statement, values
    yield insert(issued.access_token)
    yield insert(issued.audit)
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
        # A grant with another live refresh token goes on, without the access tokens of this one.
        ended = yield grants.REVOKE_WITHOUT_REFRESH_TOKEN, {**stamp, "id": grant_id}
        if not ended:
            yield access_tokens.REVOKE_BY_REFRESH_TOKEN, {**stamp, "refresh_token_id": token_id}
        yield insert(
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
            yield insert(
                audit.derived(AuditEventType.LIMIT_EVICTED, subject=token_id, kind="access_token")
            )

"""Ending grants and tokens, and what is left of them to show."""

from qscope_store.models import AccessToken, AuditEvent, ClientKey, Grant, GrantedClient
from qscope_store.queries import access_tokens, consents, grants, refresh_tokens
from qscope_store.result import ErrorCode, Result, SuccessResult, failed
from qscope_store.sql.executor import Steps, Values
from qscope_store.sql.grants.issuing import record
from qscope_store.sql.mapping import ACCESS_TOKEN, GRANT, split_words


def revoke_grant(
    grant_id: str, *, audit: AuditEvent, now: int, ray_id: str
) -> Steps[Result[Grant]]:
    """See `GrantTable.revoke_grant`."""
    stamp: Values = {"now": now, "by": audit.created_by}
    revoked = yield grants.REVOKE, {**stamp, "id": grant_id}
    if revoked:
        yield refresh_tokens.REVOKE_BY_GRANT, {**stamp, "grant_id": grant_id}
        yield record(audit)
        return SuccessResult(ray_id, GRANT.row(revoked[0]))
    found = yield grants.CRUD.get, {"id": grant_id}
    return failed(ErrorCode.REVOKED if found else ErrorCode.NOT_FOUND, ray_id)


def revoke_client_grants(
    client_key: ClientKey, user_id: str, *, audit: AuditEvent, now: int, ray_id: str
) -> Steps[Result[int]]:
    """See `GrantTable.revoke_client_grants`."""
    pair = {"client_id": client_key, "user_id": user_id}
    stamp: Values = {**pair, "now": now, "by": audit.created_by}
    revoked = yield grants.REVOKE_BY_CLIENT_AND_USER, stamp
    yield refresh_tokens.REVOKE_BY_CLIENT_AND_USER, stamp
    yield consents.FORGET, pair
    if revoked:
        yield record(audit.outcome(audit.event_type, grants=len(revoked)))
    return SuccessResult(ray_id, len(revoked))


def revoke_access_token(
    token: str, *, audit: AuditEvent, now: int, ray_id: str
) -> Steps[Result[AccessToken]]:
    """See `GrantTable.revoke_access_token`."""
    revoked = yield access_tokens.REVOKE, {"token": token, "now": now, "by": audit.created_by}
    if revoked:
        yield record(audit)
        return SuccessResult(ray_id, ACCESS_TOKEN.row(revoked[0]))
    found = yield access_tokens.GET_BY_TOKEN, {"token": token}
    return failed(ErrorCode.REVOKED if found else ErrorCode.NOT_FOUND, ray_id)


def list_granted_clients(
    user_id: str, *, now: int, ray_id: str
) -> Steps[Result[tuple[GrantedClient, ...]]]:
    """See `GrantTable.list_granted_clients`."""
    live = yield grants.LIST_LIVE_BY_USER, {"user_id": user_id, "now": now}
    clients: dict[str, GrantedClient] = {}
    for client_id, client_identifier, name, scopes, granted_at in live:
        newer = clients.get(client_id)
        before = () if newer is None else newer.scopes
        clients[client_id] = GrantedClient(
            client_id=client_id,
            client_identifier=client_identifier,
            name=name,
            scopes=tuple(sorted({*before, *split_words(scopes)})),
            granted_at=granted_at if newer is None else newer.granted_at,
        )
    return SuccessResult(ray_id, tuple(clients.values()))

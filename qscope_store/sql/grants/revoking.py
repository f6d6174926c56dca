"""Ending grants and tokens, and listing what is live."""

from qscope_store.models import AccessToken, AuditEvent, ClientKey, Grant, GrantedClient
from qscope_store.queries import access_tokens, consents, grants, refresh_tokens, rows
from qscope_store.result import ErrorCode
from qscope_store.sql.mapping import insert, mapping, split_words
from qscope_store.sql.units import Steps, Values, reads, writes


class RevokingTransitions:
    """What revokes, and what is left to show."""

    @writes(ErrorCode.NOT_FOUND)
    def revoke_grant(
        self, grant_id: str, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Steps[Grant | ErrorCode]:
        """See `GrantTable.revoke_grant`."""
        stamp: Values = {"now": now, "by": audit.created_by}
        revoked = yield grants.REVOKE, {**stamp, "id": grant_id}
        if revoked:
            yield refresh_tokens.REVOKE_BY_GRANT, {**stamp, "grant_id": grant_id}
            yield insert(audit)
            return mapping(Grant).row(revoked[0])
        found = yield rows.GET[Grant], {"id": grant_id}
        return ErrorCode.REVOKED if found else ErrorCode.NOT_FOUND

    @writes(ErrorCode.NOT_FOUND)
    def revoke_client_grants(
        self, client_key: ClientKey, user_id: str, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Steps[int | ErrorCode]:
        """See `GrantTable.revoke_client_grants`."""
        pair = {"client_id": client_key, "user_id": user_id}
        stamp: Values = {**pair, "now": now, "by": audit.created_by}
        revoked = yield grants.REVOKE_BY_CLIENT_AND_USER, stamp
        yield refresh_tokens.REVOKE_BY_CLIENT_AND_USER, stamp
        yield consents.FORGET, pair
        if revoked:
            yield insert(audit.outcome(audit.event_type, grants=len(revoked)))
        return len(revoked)

    @writes(ErrorCode.NOT_FOUND)
    def revoke_access_token(
        self, token: str, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Steps[AccessToken | ErrorCode]:
        """See `GrantTable.revoke_access_token`."""
        revoked = yield access_tokens.REVOKE, {"token": token, "now": now, "by": audit.created_by}
        if revoked:
            yield insert(audit)
            return mapping(AccessToken).row(revoked[0])
        found = yield access_tokens.GET_BY_TOKEN, {"token": token}
        return ErrorCode.REVOKED if found else ErrorCode.NOT_FOUND

    @reads
    def list_granted_clients(
        self, user_id: str, *, now: int, ray_id: str
    ) -> Steps[tuple[GrantedClient, ...] | ErrorCode]:
        """See `GrantTable.list_granted_clients`."""
        live = yield grants.LIST_LIVE_BY_USER, {"user_id": user_id, "now": now}
        clients: dict[str, GrantedClient] = {}
        for client_key, client_identifier, name, scopes, granted_at in live:
            newer = clients.get(client_key)
            before = () if newer is None else newer.scopes
            clients[client_key] = GrantedClient(
                client_id=client_key,
                client_identifier=client_identifier,
                name=name,
                scopes=tuple(sorted({*before, *split_words(scopes)})),
                granted_at=granted_at if newer is None else newer.granted_at,
            )
        return tuple(clients.values())

"""The transitions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from qscope_store import contracts, models
from qscope_store.contracts.rules import is_live, is_spent
from qscope_store.models import AuditEventType, DeviceCodeState
from qscope_store.result import ErrorCode
from qscope_store.tables import SPECS
from tests.contract.model.tables import RateLimits
from tests.contract.model.unit import Refused, Table, unit

CREDENTIALS = models.RefreshToken, models.AccessToken, models.AuthorizationCode, models.DeviceCode
FORGOTTEN = models.RateLimit, models.UsedProof
WAITING = {DeviceCodeState.PENDING: ErrorCode.PENDING, DeviceCodeState.DENIED: ErrorCode.DENIED}


class Grants(Table, contracts.GrantTable):
    """Grants, and all that spends, issues or revokes."""

    kind = models.Grant

    def live(self, kind: Any, now: int, **values: Any) -> list[Any]:
        rows = sorted(self.find(kind, **values), key=lambda row: (row.created_at, row.id))
        return [row for row in rows if is_live(row, now=now)]

    def end(self, row: Any, now: int, by: str) -> Any:
        """Revoke a grant or token that is not revoked yet."""
        if row.revoked_at is not None:
            raise Refused(ErrorCode.REVOKED)
        return self.put(replace(row, revoked_at=now, stamp=row.stamp.touched(now, by)))

    def end_grant(self, grant: models.Grant, now: int, by: str) -> Any:
        """Revoke a grant, and its refresh tokens, which then take no place in a limit."""
        for token in self.find(models.RefreshToken, grant_id=grant.id, revoked_at=None):
            if not is_spent(token):
                self.end(token, now, by)
        return self.end(grant, now, by)

    def issue(
        self, issued: models.IssuedTokens, now: int, *, takes_place: bool = False
    ) -> models.AccessToken:
        access, refresh, audit = issued.access_token, issued.refresh_token, issued.audit
        self.add(*[row for row in (issued.grant, refresh, access, audit) if row is not None])
        if refresh is not None and not takes_place and issued.max_active_refresh_tokens is not None:
            pair = {"client_id": refresh.client_id, "user_id": refresh.user_id}
            live = self.live(type(refresh), now, **pair)
            live = [row for row in live if row.id != refresh.id]
            for row in live[: max(0, len(live) + 1 - issued.max_active_refresh_tokens)]:
                self.end(row, now, audit.created_by)
                family = self.find(type(access), refresh_token_id=row.id, revoked_at=None)
                if not self.live(type(refresh), now, grant_id=row.grant_id):
                    family = [self.db[models.Grant][row.grant_id]]
                for member in family:
                    self.end(member, now, audit.created_by)
                self.evicted(row, audit, "refresh_token")
        if access.refresh_token_id is not None and issued.max_active_access_tokens is not None:
            live = self.live(type(access), now, grant_id=access.grant_id)
            live = [row for row in live if row.id != access.id]
            for row in live[: max(0, len(live) + 1 - issued.max_active_access_tokens)]:
                self.end(row, now, audit.created_by)
                self.evicted(row, audit, "access_token")
        return access

    def evicted(self, row: Any, audit: models.AuditEvent, kind: str) -> None:
        self.add(audit.derived(AuditEventType.LIMIT_EVICTED, subject=row.id, kind=kind))

    def replayed(self, row: Any, audit: models.AuditEvent, now: int) -> Refused:
        """End the grant of what was spent before, and say so."""
        grant = self.db[models.Grant][row.grant_id]
        if grant.revoked_at is None:
            self.end_grant(grant, now, audit.created_by)
        self.add(audit)
        return Refused(ErrorCode.REPLAYED, keep=True)

    def spend(self, kind: Any, key: dict[str, str], issued: Any, now: int, **spent: Any) -> Any:
        """Spend a credential of the client, or end its grant when that was done before."""
        row = self.one(kind, client_id=issued.access_token.client_id, **key)
        if is_spent(row):
            reuse = kind is models.RefreshToken
            event = AuditEventType.REUSE_DETECTED if reuse else AuditEventType.REPLAY_DETECTED
            raise self.replayed(row, issued.audit.outcome(event), now)
        if row.expires_at <= now:
            raise Refused(ErrorCode.EXPIRED)
        if getattr(row, "state", None) in WAITING:
            raise Refused(WAITING[row.state])
        if not is_live(row, now=now) or not self.is_good(row):
            raise Refused(ErrorCode.REVOKED)
        by = issued.audit.created_by
        return self.put(replace(row, stamp=row.stamp.touched(now, by), **spent))

    @unit
    def issue_code(self, grant: Any, code: Any, consent: Any, *, audit: Any) -> Any:
        self.add(grant, code)
        self.remember(consent)
        return self.add(audit) and code

    def remember(self, consent: Any) -> None:
        same = self.find(models.Consent, client_id=consent.client_id, user_id=consent.user_id)
        for row in same:
            stamp = row.stamp.touched(consent.updated_at, consent.updated_by)
            consent = replace(consent, id=row.id, stamp=stamp)
        self.put(consent)

    @unit
    def issue_tokens(self, issued: models.IssuedTokens, *, now: int) -> Any:
        token = issued.access_token
        if token.client_id not in self.db[models.Client]:
            raise Refused(ErrorCode.INSERT_FAILED)
        user = self.db[models.User].get(token.user_id)
        if not self.db[models.Client][token.client_id].is_enabled or (user and not user.is_active):
            raise Refused(ErrorCode.REVOKED)
        return self.issue(issued, now)

    @unit
    def redeem_code(self, code: str, issued: models.IssuedTokens, *, now: int) -> Any:
        key = {"code": code}
        spent = self.spend(models.AuthorizationCode, key, issued, now, consumed_at=now)
        return self.issue(issued, now) and spent

    @unit
    def redeem_device_code(self, device_code: str, issued: Any, *, now: int) -> Any:
        key = {"device_code": device_code}
        spent = self.spend(models.DeviceCode, key, issued, now, state=DeviceCodeState.CONSUMED)
        return self.issue(issued, now) and spent

    @unit
    def rotate(self, token: str, issued: models.IssuedTokens, *, leeway_s: int, now: int) -> Any:
        row = next(iter(self.find(models.RefreshToken, token=token)), None)
        by = issued.audit.created_by
        again = row and is_spent(row) and now - row.rotated_at < leeway_s
        if again and self.may_repeat(row, now):
            takes_place = False
            spent = self.put(replace(row, stamp=row.stamp.touched(now, by)))
        else:
            takes_place = True
            key = {"token": token}
            spent = self.spend(models.RefreshToken, key, issued, now, rotated_at=now)
        successor = replace(issued.refresh_token, predecessor_id=spent.id)
        issued = replace(issued, refresh_token=successor)
        return self.issue(issued, now, takes_place=takes_place) and spent

    async def rotate_refresh_token(self, token: str, issued: Any, **kwargs: Any) -> Any:
        if issued.refresh_token is None:
            raise ValueError("a rotation needs a refresh token to follow the spent one")
        return await self.rotate(token, issued, **kwargs)

    @unit
    def detect_reuse(self, token: str, *, leeway_s: int, audit: Any, now: int) -> Any:
        row = self.one(models.RefreshToken, token=token)
        if not is_spent(row):
            return row
        if now - row.rotated_at < leeway_s and self.may_repeat(row, now):
            self.put(replace(row, stamp=row.stamp.touched(now, audit.created_by)))
            return row
        raise self.replayed(row, audit, now)

    def may_repeat(self, row: models.RefreshToken, now: int) -> bool:
        heirs = self.find(models.RefreshToken, predecessor_id=row.id)
        ended = [heir for heir in heirs if is_spent(heir) or heir.revoked_at is not None]
        is_over = row.revoked_at is not None or row.expires_at <= now
        return not ended and not is_over and self.is_good(row)

    def undecided(self, row: Any, user_id: str | None, now: int) -> Any:
        if row.state is DeviceCodeState.PENDING and row.expires_at <= now:
            raise Refused(ErrorCode.EXPIRED)
        if row.state is not DeviceCodeState.PENDING or row.user_id not in (None, user_id):
            raise Refused(ErrorCode.CONFLICT)
        return row

    @unit
    def claim_device_code(
        self, user_code: str, user_id: str, *, guesses: Sequence[Any], by: str, now: int
    ) -> Any:
        limits = RateLimits(self.db)
        counted = [limits.count(window, now) for window in guesses]
        try:
            row = self.undecided(self.one(models.DeviceCode, user_code=user_code), user_id, now)
        except Refused as refused:
            raise Refused(refused.code, keep=True) from None
        for counter in counted:
            self.put(replace(counter, hits=counter.hits - 1))
        return self.put(replace(row, user_id=user_id, stamp=row.stamp.touched(now, by)))

    @unit
    def decide_device_code(self, device_code_id: str, grant: Any, *, audit: Any, now: int) -> Any:
        row = self.undecided(self.one(models.DeviceCode, id=device_code_id), audit.user_id, now)
        if grant is not None:
            self.add(grant)
            self.remember(models.Consent.to(grant))
        new = {
            "state": DeviceCodeState.APPROVED if grant else DeviceCodeState.DENIED,
            "grant_id": grant.id if grant else None,
            "user_id": audit.user_id,
        }
        row = self.put(replace(row, stamp=row.stamp.touched(now, audit.created_by), **new))
        return self.add(audit) and row

    @unit
    def record_device_poll(self, device_code: str, *, now: int) -> Any:
        row = self.one(models.DeviceCode, device_code=device_code)
        if is_spent(row):
            raise Refused(ErrorCode.REPLAYED)
        if row.expires_at <= now:
            raise Refused(ErrorCode.EXPIRED)
        if row.state is not DeviceCodeState.PENDING:
            return self.approved(row)
        too_fast = row.last_polled_at is not None and now - row.last_polled_at < row.interval
        changes = {"interval": row.interval + 5} if too_fast else {"last_polled_at": now}
        self.put(replace(row, **changes))
        raise Refused(ErrorCode.SLOW_DOWN if too_fast else ErrorCode.PENDING, keep=True)

    def approved(self, row: models.DeviceCode) -> models.DeviceCode:
        if row.state in WAITING:
            raise Refused(WAITING[row.state])
        return row

    @unit
    def revoke_grant(self, grant_id: str, *, audit: models.AuditEvent, now: int) -> Any:
        row = self.end_grant(self.one(models.Grant, id=grant_id), now, audit.created_by)
        return self.add(audit) and row

    @unit
    def revoke_access_token(self, token: str, *, audit: models.AuditEvent, now: int) -> Any:
        row = self.end(self.one(models.AccessToken, token=token), now, audit.created_by)
        return self.add(audit) and row

    @unit
    def revoke_client_grants(self, client_id: str, user_id: str, *, audit: Any, now: int) -> int:
        pair = {"client_id": client_id, "user_id": user_id}
        live = self.find(models.Grant, revoked_at=None, **pair)
        for grant in live:
            self.end_grant(grant, now, audit.created_by)
        for consent in self.find(models.Consent, **pair):
            self.drop(consent)
        if live:
            self.add(audit.outcome(audit.event_type, grants=len(live)))
        return len(live)

    def is_alive(self, grant: models.Grant, now: int, kinds: Sequence[Any] = CREDENTIALS) -> bool:
        alive = any(self.live(kind, now, grant_id=grant.id) for kind in kinds)
        return grant.revoked_at is None and alive

    @unit
    def list_granted_clients(self, user_id: str, *, now: int) -> Any:
        newest_first = sorted(
            self.find(models.Grant, user_id=user_id),
            key=lambda grant: (grant.created_at, grant.id),
            reverse=True,
        )
        shown: dict[str, models.GrantedClient] = {}
        for grant in [g for g in newest_first if self.is_alive(g, now, CREDENTIALS[:3])]:
            client = self.db[models.Client][grant.client_id]
            before = shown.get(client.id)
            shown[client.id] = models.GrantedClient(
                client_id=client.id,
                client_identifier=client.client_identifier,
                name=client.name,
                scopes=tuple(sorted({*(before.scopes if before else ()), *grant.scopes})),
                granted_at=before.granted_at if before else grant.created_at,
            )
        return tuple(shown.values())

    async def prune(self, now: int, limit: int, *, ray_id: str) -> Any:
        if limit < 1:
            raise ValueError("limit must be at least 1")
        return await self.prune_some(now, limit, ray_id, ray_id=ray_id)

    @unit
    def prune_some(self, now: int, limit: int, ray: str) -> models.PruneReport:
        kinds = (*CREDENTIALS, *FORGOTTEN)
        rows = [row for kind in kinds for row in self.db[kind].values() if row.expires_at <= now]
        over = [row for row in rows if isinstance(row, FORGOTTEN) or not is_spent(row)]
        ids = {getattr(row, "grant_id", None) for row in over} - {None}
        dead = {i for i in ids if not self.is_alive(self.db[models.Grant][i], now)}
        rows = [row for kind in CREDENTIALS for row in self.db[kind].values()]
        # What is left for another round has to lead here again, so the evidence goes first.
        evidence = [row for row in rows if row.grant_id in dead and is_spent(row)]
        deleted = Counter[str]()
        for row in (evidence + over)[:limit]:
            self.drop(row)
            deleted[SPECS[type(row)].name] += 1
        for grant_id in dead:
            if not any(self.find(kind, grant_id=grant_id) for kind in CREDENTIALS):
                self.drop(self.db[models.Grant][grant_id])
                deleted["grants"] += 1
        if deleted:
            event = models.AuditEvent(
                event_type=AuditEventType.PRUNED,
                subject="prune",
                ray_id=ray,
                metadata=dict(deleted),
                stamp=models.Stamp.new(now, "prune"),
            )
            self.add(event)
        return models.PruneReport(**deleted)

"""The tables."""

from dataclasses import replace
from typing import Any

from qscope_store import contracts, models
from qscope_store.contracts.rules import is_live
from qscope_store.result import ErrorCode
from tests.contract.model.unit import Refused, Table, by, unit


class Clients(Table, contracts.ClientTable):
    """Clients."""

    kind = models.Client
    get_by_client_identifier = by("client_identifier")
    change, remove = Table.update, Table.delete_by_id

    @unit
    def get_registration(self, client_identifier: str) -> Any:
        client = self.one(models.Client, client_identifier=client_identifier)
        config = self.one(models.ClientConfig, client_id=client.id)
        return models.ClientRegistration(client=client, config=config)

    @unit
    def register(self, new: models.ClientRegistration, *, audit: models.AuditEvent) -> Any:
        return self.add(new.client, new.config, audit) and new


class ClientConfigs(Table, contracts.ClientConfigTable):
    """Their configuration."""

    kind = models.ClientConfig


class Users(Table, contracts.UserTable):
    """Users of the host."""

    kind = models.User
    get_by_external_id = by("external_id")
    change = Table.update

    @unit
    def ensure(self, user: models.User) -> Any:
        same = self.find(models.User, external_id=user.external_id)
        return same[0] if same else self.add(user)


class Codes(Table, contracts.AuthorizationCodeTable):
    """Authorization codes."""

    kind = models.AuthorizationCode
    get_by_code = by("code")

    async def delete_by_code(self, code: str, *, ray_id: str) -> Any:
        return await self.delete_by_id(code, name="code", ray_id=ray_id)


class Tokens(Table):
    """What both kinds of token have."""

    get_by_token = by("token")

    @unit
    def get_active(self, token: str, *, now: int) -> Any:
        row = self.one(self.kind, token=token)
        if row.expires_at <= now:
            raise Refused(ErrorCode.EXPIRED)
        if not is_live(row, now=now) or not self.is_good(row):
            raise Refused(ErrorCode.REVOKED)
        name = self.db[models.Client][row.client_id].client_identifier
        user = self.db[models.User].get(row.user_id)
        sub = user.external_id if user else None
        return models.ActiveToken(token=row, client_identifier=name, external_id=sub)


class AccessTokens(Tokens, contracts.AccessTokenTable):
    """Access tokens."""

    kind = models.AccessToken

    async def delete_by_token(self, token: str, *, ray_id: str) -> Any:
        return await self.delete_by_id(token, name="token", ray_id=ray_id)

    def live(self, refresh_token_id: str, now: int) -> list[Any]:
        rows = self.find(models.AccessToken, refresh_token_id=refresh_token_id)
        live = [row for row in rows if is_live(row, now=now)]
        return sorted(live, key=lambda row: (row.created_at, row.id))

    count_by_refresh_token = unit(lambda self, key, *, now: len(self.live(key, now)))

    @unit
    def get_oldest_by_refresh_token(self, refresh_token_id: str, *, now: int) -> Any:
        for row in self.live(refresh_token_id, now):
            return row
        raise Refused(ErrorCode.NOT_FOUND)


class RefreshTokens(Tokens, contracts.RefreshTokenTable):
    """Refresh tokens."""

    kind = models.RefreshToken


class DeviceCodes(Table, contracts.DeviceCodeTable):
    """Device authorizations."""

    kind = models.DeviceCode
    get_by_device_code, get_by_user_code = by("device_code"), by("user_code")


class Consents(Table, contracts.ConsentTable):
    """Consents."""

    kind = models.Consent


class RateLimits(Table, contracts.RateLimitTable):
    """Counters."""

    kind = models.RateLimit
    get_by_key = by("key")

    def count(self, window: models.RateWindow, now: int) -> Any:
        row = next(iter(self.find(models.RateLimit, key=window.key)), None)
        if row is not None and now < row.expires_at:
            if row.hits >= window.limit:
                raise Refused(ErrorCode.LIMITED)
            return self.put(
                replace(row, hits=row.hits + 1, stamp=row.stamp.touched(now, row.updated_by))
            )
        new = models.RateLimit(
            key=window.key,
            hits=1,
            expires_at=now + window.window_s,
            stamp=models.Stamp.new(now, "rate-limit"),
        )
        if row is not None:
            new = replace(new, id=row.id, stamp=row.stamp.touched(now, row.updated_by))
        return self.put(new)

    hit = unit(lambda self, window, *, now: self.count(window, now))


class UsedProofs(Table, contracts.UsedProofTable):
    """Used proofs."""

    kind = models.UsedProof

    @unit
    def spend(self, row: models.UsedProof) -> Any:
        if self.find(models.UsedProof, proof=row.proof):
            raise Refused(ErrorCode.REPLAYED)
        return self.add(row)


class AuditLog(contracts.AuditLogTable, Table):
    """The audit log, whose contract refuses changes."""

    kind = models.AuditEvent
    insert, insert_all = Table.insert, Table.insert_all
    get_by_id, list_after = Table.get_by_id, Table.list_after

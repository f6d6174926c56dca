"""Random histories, on SQLite and on the in-memory model: they never differ."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from qscope_store.contracts import StoreSession
from qscope_store.models import (
    AuditEventType,
    AuthorizationCode,
    ClientRegistration,
    Consent,
    DeviceCode,
    Grant,
    IssuedTokens,
)
from qscope_store.result import Result, SuccessResult
from qscope_store.sqlite import SQLiteStorage
from qscope_store.testing.rows import NOW, RAY, Party, client, client_config, user
from tests.contract.model import MemoryStorage

T = TypeVar("T")
PARTIES = st.integers(0, 2)
LIMITS = st.sampled_from([None, 1, 2])
SECONDS = st.sampled_from([0, 1, 4, 5, 59, 60, 599, 600, 3600, 86_400])


async def consents_in(session: StoreSession[Any]) -> Result[list[Consent]]:
    """What users agreed to; without the ids, which the store makes when a device is approved."""
    result = await session.consents.list_after(None, limit=999, ray_id=RAY)
    if not isinstance(result, SuccessResult):
        return result
    rows = (replace(row, id="") for row in result.client_message)
    return SuccessResult(RAY, sorted(rows, key=lambda row: (row.client_id, row.user_id)))


class Histories(RuleBasedStateMachine):
    """Each step is done on both; what they answer and what they hold must be the same."""

    empty_database: ClassVar[Path]

    codes: Bundle[AuthorizationCode] = Bundle("codes")
    tokens: Bundle[IssuedTokens] = Bundle("tokens")
    devices: Bundle[DeviceCode] = Bundle("devices")

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        path = shutil.copy(self.empty_database, self.folder.name)
        self.sqlite = SQLiteStorage(path, synchronous="NORMAL", pool_size=0)
        self.model = MemoryStorage()
        self.runner.run(self.sqlite.open())

    def teardown(self) -> None:
        self.runner.run(self.sqlite.close())
        self.runner.close()
        self.folder.cleanup()

    def both(self, operation: Callable[[StoreSession[Any]], Awaitable[Result[T]]]) -> Result[T]:
        async def run(storage: Any) -> Result[T]:
            async with storage.session(RAY) as session:
                return await operation(session)

        ours, models = self.runner.run(run(self.sqlite)), self.runner.run(run(self.model))
        assert ours == models
        return ours

    @initialize()
    def register(self) -> None:
        """Two users at one client, and one of them at another."""
        clients, users = [client(), client()], [user(), user()]
        pairs = [(clients[0], users[0]), (clients[0], users[1]), (clients[1], users[0])]
        self.parties = [Party(client=c, config=client_config(c), user=u) for c, u in pairs]
        for party in (self.parties[0], self.parties[2]):
            registration = ClientRegistration(client=party.client, config=party.config)
            audit = party.audit(AuditEventType.CLIENT_REGISTERED)
            self.both(lambda s, r=registration, a=audit: s.clients.register(r, audit=a, ray_id=RAY))
        for row in users:
            self.both(lambda s, row=row: s.users.insert(row, ray_id=RAY))

    def party_of(self, row: Any) -> Party:
        """The party a row belongs to."""
        return next(
            party
            for party in self.parties
            if (party.client.id, party.user.id) == (row.client_id, row.user_id)
        )

    def issued(self, party: Party, grant: Grant | None, limit: int | None) -> IssuedTokens:
        limits = {"max_active_refresh_tokens": limit, "max_active_access_tokens": limit}
        return party.issued(grant, at=self.now, **limits)

    @rule(seconds=SECONDS)
    def wait(self, seconds: int) -> None:
        """Time goes on."""
        self.now += seconds

    @rule(target=codes, number=PARTIES)
    def issue_code(self, number: int) -> AuthorizationCode:
        """A user agrees."""
        party = self.parties[number]
        grant = party.grant(created_at=self.now)
        code = party.code(grant, expires_at=self.now + 60)
        audit = party.audit(AuditEventType.CODE_ISSUED)
        consent = party.consent(updated_at=self.now)
        self.both(lambda s: s.grants.issue_code(grant, code, consent, audit=audit, ray_id=RAY))
        return code

    @rule(target=tokens, code=codes, limit=LIMITS, foreign=st.booleans())
    def redeem_code(
        self, code: AuthorizationCode, limit: int | None, foreign: bool
    ) -> IssuedTokens:
        """Its client redeems a code, or another one tries to."""
        party = self.party_of(code)
        grant = replace(party.grant(), id=code.grant_id)
        issued = self.issued(party, grant, limit)
        if foreign:
            thief = self.parties[2] if party is not self.parties[2] else self.parties[0]
            stolen = replace(issued, access_token=thief.access_token(None))
            self.both(lambda s: s.grants.redeem_code(code.code, stolen, now=self.now, ray_id=RAY))
        self.both(lambda s: s.grants.redeem_code(code.code, issued, now=self.now, ray_id=RAY))
        return issued

    @rule(target=tokens, number=PARTIES, limit=LIMITS, alone=st.booleans())
    def issue_tokens(self, number: int, limit: int | None, alone: bool) -> IssuedTokens:
        """Tokens for a client itself, or for a user the host vouches for."""
        party = self.parties[number]
        grant = None if alone else party.grant(created_at=self.now)
        issued = replace(self.issued(party, grant, limit), grant=grant)
        self.both(lambda s: s.grants.issue_tokens(issued, now=self.now, ray_id=RAY))
        return issued

    @rule(target=tokens, old=tokens, limit=LIMITS, leeway_s=st.sampled_from([0, 0, 10]))
    def rotate(self, old: IssuedTokens, limit: int | None, leeway_s: int) -> IssuedTokens:
        """A refresh token is used, for the first time or again."""
        if old.refresh_token is None:
            return old
        token = old.refresh_token
        party = self.party_of(token)
        issued = self.issued(party, replace(party.grant(), id=token.grant_id), limit)
        self.both(
            lambda s: s.grants.rotate_refresh_token(
                token.token, issued, leeway_s=leeway_s, now=self.now, ray_id=RAY
            )
        )
        return issued

    @rule(old=tokens, leeway_s=st.sampled_from([0, 10, 10]))
    def detect_reuse(self, old: IssuedTokens, leeway_s: int) -> None:
        """A refresh token comes with a request that is refused for another reason."""
        if old.refresh_token is None:
            return
        token = old.refresh_token
        audit = self.party_of(token).audit(AuditEventType.REUSE_DETECTED, subject=token.id)
        self.both(
            lambda s: s.grants.detect_reuse(
                token.token, leeway_s=leeway_s, audit=audit, now=self.now, ray_id=RAY
            )
        )

    @rule(target=devices, number=PARTIES)
    def authorize_device(self, number: int) -> DeviceCode:
        """A device asks for codes."""
        party = self.parties[number]
        device = party.device_code(expires_at=self.now + 600)
        self.both(lambda s: s.device_codes.insert(device, ray_id=RAY))
        return replace(device, user_id=party.user.id)

    @rule(device=devices)
    def poll(self, device: DeviceCode) -> None:
        """A device asks whether the user has decided."""
        code = device.device_code
        self.both(lambda s: s.grants.record_device_poll(code, now=self.now, ray_id=RAY))

    @rule(device=devices, approves=st.booleans())
    def decide(self, device: DeviceCode, approves: bool) -> None:
        """A user decides, once or again."""
        party = self.party_of(device)
        grant = party.grant(id=f"{self.now}-{device.id}") if approves else None
        event = AuditEventType.DEVICE_APPROVED if approves else AuditEventType.DEVICE_DENIED
        audit = party.audit(event, subject=device.id)
        self.both(
            lambda s: s.grants.decide_device_code(
                device.id, grant, audit=audit, now=self.now, ray_id=RAY
            )
        )

    @rule(target=tokens, device=devices, limit=LIMITS)
    def redeem_device(self, device: DeviceCode, limit: int | None) -> IssuedTokens:
        """A device trades its code."""
        party = self.party_of(device)
        found = self.both(lambda s: s.device_codes.get_by_id(device.id, ray_id=RAY))
        grant_id = found.client_message.grant_id if found.status else None
        grant = replace(party.grant(), id=grant_id or "none")
        issued = self.issued(party, grant, limit)
        code = device.device_code
        self.both(lambda s: s.grants.redeem_device_code(code, issued, now=self.now, ray_id=RAY))
        return issued

    @rule(tokens=consumes(tokens), whole=st.booleans())
    def revoke(self, tokens: IssuedTokens, whole: bool) -> None:
        """A client or a user ends a token or its grant."""
        token = tokens.access_token
        audit = self.parties[0].audit(AuditEventType.TOKEN_REVOKED)
        grant_id = token.grant_id
        if whole and grant_id is not None:
            self.both(
                lambda s: s.grants.revoke_grant(grant_id, audit=audit, now=self.now, ray_id=RAY)
            )
        else:
            self.both(
                lambda s: s.grants.revoke_access_token(
                    token.token, audit=audit, now=self.now, ray_id=RAY
                )
            )

    @rule(number=PARTIES)
    def revoke_app(self, number: int) -> None:
        """A user removes an app."""
        party = self.parties[number]
        audit = party.audit(AuditEventType.GRANT_REVOKED)
        self.both(
            lambda s: s.grants.revoke_client_grants(
                party.client.id, party.user.id, audit=audit, now=self.now, ray_id=RAY
            )
        )

    @rule(number=PARTIES, enabled=st.booleans())
    def switch_user(self, number: int, enabled: bool) -> None:
        """An operator blocks a user, or lets them in again."""
        row = replace(self.parties[number].user, is_active=enabled)
        self.both(lambda s: s.users.update(row, ray_id=RAY))

    @rule()
    def prune(self) -> None:
        """The housekeeping runs."""
        self.both(lambda s: s.grants.prune(self.now, 10_000, ray_id=RAY))

    @rule(tokens=tokens)
    def ask(self, tokens: IssuedTokens) -> None:
        """An API asks whether tokens are good."""
        access, refresh = tokens.access_token.token, tokens.refresh_token
        self.both(lambda s: s.access_tokens.get_active(access, now=self.now, ray_id=RAY))
        if refresh is not None:
            name = refresh.token
            self.both(lambda s: s.refresh_tokens.get_active(name, now=self.now, ray_id=RAY))

    @invariant()
    def they_hold_the_same_rows(self) -> None:
        """Every table, and what users see; a consent without its id."""
        for name in (
            "grants",
            "authorization_codes",
            "access_tokens",
            "refresh_tokens",
            "device_codes",
        ):
            self.both(lambda s, name=name: getattr(s, name).list_after(None, limit=999, ray_id=RAY))
        self.both(consents_in)
        for party in getattr(self, "parties", []):
            key = party.user.id
            self.both(
                lambda s, key=key: s.grants.list_granted_clients(key, now=self.now, ray_id=RAY)
            )


COMMON: dict[str, Any] = {
    "deadline": None,
    # A history that fails is shown as it was found: making it shorter takes minutes.
    "phases": [Phase.generate],
    "database": None,
    "suppress_health_check": list(HealthCheck),
}


@pytest.fixture(autouse=True)
def empty_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with the schema, copied for each history."""
    path = tmp_path / "oauth.db"
    asyncio.run(SQLiteStorage(path).upgrade())
    monkeypatch.setattr(Histories, "empty_database", path, raising=False)


def test_short_random_histories_do_not_differ() -> None:
    """Fifty runs of thirty steps."""
    short = settings(max_examples=50, stateful_step_count=30, **COMMON)
    run_state_machine_as_test(Histories, settings=short)


@pytest.mark.long
def test_long_random_histories_do_not_differ() -> None:
    """Five hundred runs of fifty steps."""
    long = settings(max_examples=500, stateful_step_count=50, **COMMON)
    run_state_machine_as_test(Histories, settings=long)

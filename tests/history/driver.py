"""One of several drivers that run random operations on a store concurrently.

Each reads the rows of all drivers and acts on them. A third of the grants is shared: all drivers
spend their credentials, repeatedly. Each of the others belongs to one driver, which spends every
credential once, so that there are tokens that must not be lost.
"""

import asyncio
import random
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from qscope_store.contracts import BaseTable, StoreSession
from qscope_store.models import AuditEventType, Grant, IssuedTokens, Row
from qscope_store.result import SuccessResult
from qscope_store.testing.rows import Party
from tests.history.operation import Kind
from tests.history.recorder import Recorder

_REMEMBERED: Final = 100
_SHORT_S: Final = 2
"""Lifetime of what expires during the run, for pruning."""
_IMPATIENT: Final = 0.05
"""The share of callers that are cancelled."""


class Driver:
    """Number `number` of `total`, counted over all processes."""

    def __init__(
        self,
        number: int,
        total: int,
        *,
        session: StoreSession[Any],
        parties: Mapping[str, Party],
        recorder: Recorder,
    ) -> None:
        self._number, self._total = number, total
        self._session, self._parties, self._recorder = session, parties, recorder
        self._dice = random.Random(number)
        self._spent: set[str] = set()
        self._tables: dict[str, BaseTable[Any]] = {
            "code": session.authorization_codes,
            "refresh": session.refresh_tokens,
            "access": session.access_tokens,
            "device": session.device_codes,
            "grant": session.grants,
        }
        self._seen = {kind: deque[Any](maxlen=_REMEMBERED) for kind in self._tables}
        self._last: dict[str, str] = {}

    async def run(self, is_over: Callable[[], bool]) -> None:
        """Run operations until the end of the run."""
        actions: list[Callable[[], Awaitable[None]]] = [
            *[self._issue_code] * 2,
            self._start_device,
            self._decide_device,
            self._redeem_device,
            *[self._redeem_code] * 4,
            *[self._refresh] * 4,
            *[self._introspect] * 4,
            self._revoke,
        ]
        while not is_over():
            await self._look()
            for _ in range(8):
                await self._dice.choice(actions)()

    async def _look(self) -> None:
        """Read new rows of all drivers."""
        for kind, table in self._tables.items():
            found = await table.list_after(self._last.get(kind), limit=200, ray_id="driver")
            assert isinstance(found, SuccessResult)
            self._seen[kind].extend(found.client_message)
            if found.client_message:
                self._last[kind] = found.client_message[-1].id

    def _pick(self, kind: str) -> Any:
        """A recent row of any driver."""
        return self._dice.choice(self._seen[kind]) if self._seen[kind] else None

    def _pick_spendable(self, kind: str) -> Any:
        """A shared row, or an unspent one that belongs to this driver."""
        rows = self._seen[kind]
        mine = [row for row in rows if self._is_mine(row) and row.id not in self._spent]
        if not mine or self._dice.random() < 0.5:
            mine = [row for row in rows if _is_shared(row)]
        if not mine:
            return None
        row = self._dice.choice(mine)
        self._spent.add(row.id)
        return row

    def _is_mine(self, row: Row) -> bool:
        return not _is_shared(row) and _mark(row) // 3 % self._total == self._number

    def _lifetime(self, usual: int) -> int:
        return self._recorder.now + (_SHORT_S if self._dice.random() < 0.25 else usual)

    def _patience(self) -> float | None:
        return self._dice.uniform(0, 0.005) if self._dice.random() < _IMPATIENT else None

    def _issued(self, row: Any) -> IssuedTokens:
        party, now = self._parties[row.client_id], self._recorder.now
        grant = replace(party.grant(), id=row.grant_id, scopes=row.scopes)
        made = party.issued(grant, at=now)
        assert made.refresh_token is not None
        return replace(
            made,
            access_token=replace(made.access_token, expires_at=self._lifetime(3600)),
            refresh_token=replace(made.refresh_token, expires_at=self._lifetime(3600)),
        )

    async def _spend(self, method: Any, kind: Kind, row: Any, digest: str, **more: Any) -> None:
        """Once, or several times concurrently for a shared row."""
        times = self._dice.choice([1, 2, 4]) if _is_shared(row) else 1
        await asyncio.gather(
            *(self._attempt(method, kind, row, digest, more) for _ in range(times))
        )

    async def _attempt(
        self, method: Any, kind: Kind, row: Any, digest: str, more: Mapping[str, Any]
    ) -> None:
        issued = self._issued(row)
        await self._recorder.ask(
            method(digest, issued, now=self._recorder.now, ray_id="driver", **more),
            kind,
            subject=digest,
            grant=row.grant_id,
            issued=issued,
            patience_s=self._patience(),
        )

    async def _redeem_code(self) -> None:
        if (row := self._pick_spendable("code")) is not None:
            await self._spend(self._session.grants.redeem_code, Kind.REDEEM, row, row.code)

    async def _refresh(self) -> None:
        if (row := self._pick_spendable("refresh")) is not None:
            rotate = self._session.grants.rotate_refresh_token
            await self._spend(rotate, Kind.REFRESH, row, row.token, leeway_s=0)

    async def _redeem_device(self) -> None:
        """Poll, and redeem once the user has approved."""
        device = self._pick("device")
        if device is None:
            return
        polled = await self._recorder.ask(
            self._session.grants.record_device_poll(
                device.device_code, now=self._recorder.now, ray_id="driver"
            ),
            Kind.POLL_DEVICE,
            subject=device.device_code,
            grant="",
        )
        if isinstance(polled, SuccessResult):
            row = polled.client_message
            if _is_shared(row) or row.id not in self._spent:
                self._spent.add(row.id)
                redeem = self._session.grants.redeem_device_code
                await self._spend(redeem, Kind.REDEEM_DEVICE, row, row.device_code)

    async def _issue_code(self) -> None:
        party = self._dice.choice(list(self._parties.values()))
        grant = party.grant()
        code = party.code(grant, expires_at=self._lifetime(60))
        audit = party.audit(AuditEventType.CODE_ISSUED, subject=code.id)
        await self._recorder.ask(
            self._session.grants.issue_code(
                grant, code, party.consent(), audit=audit, ray_id="driver"
            ),
            Kind.ISSUE,
            subject=code.code,
            grant=grant.id,
            scopes=grant.scopes,
        )

    async def _start_device(self) -> None:
        party = self._dice.choice(list(self._parties.values()))
        device = party.device_code(expires_at=self._lifetime(600))
        await self._session.device_codes.insert(device, ray_id="driver")

    async def _decide_device(self) -> None:
        device = self._pick("device")
        if device is None:
            return
        party = self._parties[device.client_id]
        grant: Grant = party.grant(scopes=device.scopes)
        audit = party.audit(AuditEventType.DEVICE_APPROVED, subject=device.id)
        decide = self._session.grants.decide_device_code
        await self._recorder.ask(
            decide(device.id, grant, audit=audit, now=self._recorder.now, ray_id="driver"),
            Kind.DECIDE_DEVICE,
            subject=device.device_code,
            grant=grant.id,
            scopes=grant.scopes,
        )

    async def _introspect(self) -> None:
        row = self._pick(self._dice.choice(["access", "refresh"]))
        if row is not None:
            await self._recorder.introspect(self._session, row)

    async def _revoke(self) -> None:
        """A shared grant or access token."""
        kind = self._dice.choice(["grant", "access"])
        row = self._pick(kind)
        if row is None or not (_is_shared(row) or self._dice.random() < 0.1):
            return
        audit = self._parties[row.client_id].audit(AuditEventType.GRANT_REVOKED)
        grants, common = self._session.grants, {"audit": audit, "ray_id": "driver"}
        now = self._recorder.now
        if kind == "grant":
            call: Any = grants.revoke_grant(row.id, now=now, **common)
        else:
            call = grants.revoke_access_token(row.token, now=now, **common)
        await self._recorder.ask(
            call,
            Kind.REVOKE_GRANT if kind == "grant" else Kind.REVOKE_TOKEN,
            subject=row.id if kind == "grant" else row.token,
            grant=_family(row),
            patience_s=self._patience(),
        )


def _is_shared(row: Row) -> bool:
    return _mark(row) % 3 == 0


def _mark(row: Row) -> int:
    """A number that all drivers assign to the whole family of a row."""
    return zlib.crc32(_family(row).encode())


def _family(row: Row) -> str:
    """The grant that the row is, or to which it belongs."""
    return getattr(row, "grant_id", None) or row.id

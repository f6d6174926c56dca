"""Clients of a running server, and the history of their requests and responses."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import httpx2

from qscope_integrations import token_digest
from tests.history.operation import Clock, Kind, Operation, Outcome, Token
from tests.host import Host, RegisteredClient, redirect_parameters

_REFRESH_TOKEN_S = 30 * 24 * 3600


class Unanswered(Exception):
    """The connection broke, or the status was 503, so the outcome is unknown."""


class Unavailable(Unanswered):
    """The status was 503."""

    def __init__(self, response: httpx2.Response, after_s: float) -> None:
        super().__init__()
        self.response = response
        self.after_s = after_s
        """How long the server took."""


@dataclass
class HttpHistory:
    """The operations of all callers."""

    clock: Clock
    operations: list[Operation] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    told: dict[str, str] = field(default_factory=dict)
    """Every returned token, with the name of its grant."""
    success: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever a token is returned."""


class Caller:
    """One client and one user; the grant of a flow is named after the digest of its code.

    With several hosts, requests go to them in turn.
    """

    def __init__(
        self, hosts: Sequence[Host], client: RegisteredClient, number: int, history: HttpHistory
    ) -> None:
        self._hosts, self._client, self._history = cycle(hosts), client, history
        self._user = f"user-{number}"
        # Callers that start together end their flows in different ways.
        self._turn = number

    async def flow(self) -> None:
        """Authorize, redeem, refresh; then revoke, replay, reuse, or do nothing."""
        code, grant = await self._authorize()
        first = await self._redeem(code, grant)
        second = await self._refresh(first["refresh_token"], grant)
        last = await self._refresh(second["refresh_token"], grant)
        await self._introspect(last["access_token"], grant)
        self._turn += 1
        match self._turn % 5:
            case 0:
                await self._revoke(last["access_token"], grant, Kind.REVOKE_TOKEN)
            case 1:
                await self._revoke(last["refresh_token"], grant, Kind.REVOKE_GRANT)
            case 2:
                await self._redeem(code, grant)
            case 3:
                await self._refresh(first["refresh_token"], grant)
        for tokens in (first, last):
            await self._introspect(tokens["access_token"], grant)

    async def race(self, callers: int) -> None:
        """Redeem a code, or refresh a token, so many times concurrently."""
        code, grant = await self._authorize()
        self._turn += 1
        if self._turn % 2:
            await _at_once(callers, lambda: self._redeem(code, grant))
        else:
            tokens = await self._redeem(code, grant)
            await _at_once(callers, lambda: self._refresh(tokens["refresh_token"], grant))

    async def ask_for_all(self) -> None:
        """Introspect every token that was returned."""
        for token, grant in self._history.told.items():
            await self._introspect(token, grant)

    @property
    def _host(self) -> Host:
        return next(self._hosts)

    async def _authorize(self) -> tuple[str, str]:
        began = self._history.clock()
        page = await self._answer(self._host.authorize(self._client, user=self._user))
        response = await self._answer(self._host.decide(page, user=self._user))
        code = redirect_parameters(response)["code"]
        asked_for = self._host.authorization_parameters(self._client)["scope"]
        grant = token_digest(code)
        self._record(Kind.ISSUE, grant, grant, began, scopes=frozenset(asked_for.split()))
        return code, grant

    async def _redeem(self, code: str, grant: str) -> dict[str, Any]:
        call = self._host.redeem(self._client, code)
        return await self._ask(call, Kind.REDEEM, token_digest(code), grant)

    async def _refresh(self, token: str, grant: str) -> dict[str, Any]:
        call = self._host.refresh(self._client, token)
        return await self._ask(call, Kind.REFRESH, token_digest(token), grant)

    async def _introspect(self, token: str, grant: str) -> None:
        call = self._host.post("/oauth/introspect", self._client, token=token)
        await self._ask(call, Kind.INTROSPECT, token_digest(token), grant)

    async def _revoke(self, token: str, grant: str, kind: Kind) -> None:
        call = self._host.post("/oauth/revoke", self._client, token=token)
        await self._ask(call, kind, token_digest(token), grant)

    async def _ask(
        self, call: Awaitable[httpx2.Response], kind: Kind, subject: str, grant: str
    ) -> dict[str, Any]:
        began = self._history.clock()
        try:
            response = await self._answer(call)
        except Unanswered:
            self._record(kind, subject, grant, began, outcome=Outcome.UNKNOWN)
            raise
        told: dict[str, Any] = response.json()
        is_ok = response.status_code == 200 and told.get("active", True)
        self._record(
            kind,
            subject,
            grant,
            began,
            outcome=Outcome.OK if is_ok else Outcome.FAIL,
            reason=told.get("error", ""),
            issued=self._tokens(told, grant) if "access_token" in told else (),
            scopes=frozenset(told.get("scope", "").split()),
        )
        return told

    async def _answer(self, call: Awaitable[httpx2.Response]) -> httpx2.Response:
        began = time.monotonic()
        try:
            response = await call
        except httpx2.TransportError:
            raise Unanswered from None
        self._history.statuses.add(response.status_code)
        if response.status_code == 503:
            raise Unavailable(response, time.monotonic() - began)
        return response

    def _tokens(self, told: Mapping[str, Any], grant: str) -> tuple[Token, ...]:
        now, scopes = self._history.clock(), frozenset(told["scope"].split())
        lifetimes = {"access_token": told["expires_in"], "refresh_token": _REFRESH_TOKEN_S}
        self._history.success.set()
        self._history.told |= {told[name]: grant for name in lifetimes}
        return tuple(
            Token(digest=token_digest(told[name]), scopes=scopes, expires_at=now + lifetime)
            for name, lifetime in lifetimes.items()
        )

    def _record(self, kind: Kind, subject: str, grant: str, began: float, **more: Any) -> None:
        fields: dict[str, Any] = {"outcome": Outcome.OK} | more
        ended = self._history.clock()
        line = Operation(
            kind=kind, subject=subject, grant=grant, began=began, ended=ended, **fields
        )
        self._history.operations.append(line)


async def _at_once(callers: int, call: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """Wait for all of them, even if one has no response."""
    ended = await asyncio.gather(*(call() for _ in range(callers)), return_exceptions=True)
    for error in ended:
        if isinstance(error, BaseException):
            raise error

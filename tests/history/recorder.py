"""Runs operations on a store, and records each with its times and its result."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from qscope_store.contracts import StorageUnavailable, StoreSession
from qscope_store.models import AccessToken, ActiveToken, IssuedTokens, RefreshToken
from qscope_store.result import FailedResult, Result, SuccessResult
from tests.history.operation import Clock, Kind, Operation, Outcome, tokens_of

T = TypeVar("T")
OUTCOMES = {SuccessResult: Outcome.OK, FailedResult: Outcome.FAIL}


class Recorder:
    """The part of a history that one process records."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.operations: list[Operation] = []

    @property
    def now(self) -> int:
        """The time that is passed to the store."""
        return int(self.clock())

    async def ask(
        self,
        call: Coroutine[Any, Any, Result[T]],
        kind: Kind,
        *,
        subject: str,
        grant: str,
        issued: IssuedTokens | None = None,
        scopes: tuple[str, ...] = (),
        patience_s: float | None = None,
    ) -> Result[T] | None:
        """The store's result; None if it is unavailable or the caller gives up."""
        began, result = self.clock(), None
        try:
            result = await asyncio.wait_for(call, patience_s)
        except (StorageUnavailable, TimeoutError):
            outcome, reason = Outcome.UNKNOWN, ""
        else:
            outcome = OUTCOMES[type(result)]
            reason = result.error_code.value if isinstance(result, FailedResult) else ""
            if isinstance(result.client_message, ActiveToken):
                scopes = result.client_message.token.scopes
        self.operations.append(
            Operation(
                kind=kind,
                subject=subject,
                grant=grant,
                began=began,
                ended=self.clock(),
                outcome=outcome,
                reason=reason,
                issued=tokens_of(issued) if issued else (),
                scopes=frozenset(scopes),
            )
        )
        return result

    async def introspect(
        self, session: StoreSession[Any], token: AccessToken | RefreshToken
    ) -> None:
        """Whether the store finds a token valid."""
        is_access = isinstance(token, AccessToken)
        table = session.access_tokens if is_access else session.refresh_tokens
        await self.ask(
            table.get_active(token.token, now=self.now, ray_id=session.ray_id),
            Kind.INTROSPECT,
            subject=token.token,
            grant=token.grant_id or "",
        )

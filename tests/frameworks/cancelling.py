"""Cancellation from outside: after a disconnect servers keep handlers running, but apps may not."""

import asyncio
from typing import Any, Final

HEADER: Final = b"x-cancel-after-ms"


class CancelOnDemand:
    """Cancels the application after the time that a request specifies."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        after = dict(scope.get("headers", ())).get(HEADER)
        if after is None:
            await self._app(scope, receive, send)
            return
        has_started = False

        async def noticing(message: Any) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            async with asyncio.timeout(int(after) / 1000):
                await self._app(scope, receive, noticing)
        except TimeoutError:
            if not has_started:
                await send({"type": "http.response.start", "status": 408, "headers": []})
                await send({"type": "http.response.body", "body": b""})

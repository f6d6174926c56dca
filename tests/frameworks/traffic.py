"""Requests of every kind, with what must and must not be in the database after each."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

import httpx2
import websockets

from tests.frameworks.cancelling import HEADER


@dataclass(kw_only=True)
class Ledger:
    """Markers whose outcome is certain; for others, either outcome is correct."""

    kept: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)


@dataclass(kw_only=True)
class Traffic:
    """Sends requests to one host, each with its own marker."""

    http: httpx2.AsyncClient
    chance: random.Random
    ledger: Ledger = field(default_factory=Ledger)
    _numbers: "count[int]" = field(default_factory=count)

    async def send_one(self) -> None:
        """One request of a random kind."""
        await self.chance.choice(self.kinds)(f"m{next(self._numbers)}")

    @property
    def kinds(self) -> Sequence[Callable[[str], Awaitable[None]]]:
        return (
            self.succeed,
            self.succeed_without_connection,
            self.refuse,
            self.fail,
            self.cancel_while_it_hangs,
            self.cancel_at_some_time,
            self.stream,
            self.fail_while_streaming,
            self.leave_while_streaming,
            self.work_in_background,
            self.fail_in_background,
            self.use_a_socket,
            self.fail_in_a_socket,
            self.close_a_socket_for_failure,
        )

    async def succeed(self, marker: str) -> None:
        assert (await self._post("work/ok", marker)).status_code in {200, 201}
        self.ledger.kept.add(marker)

    async def succeed_without_connection(self, _: str) -> None:
        assert (await self.http.get("/api/session")).status_code == 200

    async def refuse(self, marker: str) -> None:
        assert (await self._post("work/refuse", marker)).status_code == 409
        self.ledger.lost.add(marker)

    async def fail(self, marker: str) -> None:
        assert (await self._post("work/fail", marker)).status_code == 500
        self.ledger.lost.add(marker)

    async def cancel_while_it_hangs(self, marker: str) -> None:
        response = await self._post("work/hang", marker, after_ms=self.chance.randrange(20))
        assert response.status_code == 408
        self.ledger.lost.add(marker)

    async def cancel_at_some_time(self, marker: str) -> None:
        try:
            response = await self._post("work/ok", marker, after_ms=self.chance.randrange(8))
        except httpx2.RemoteProtocolError:
            return
        if response.status_code in {200, 201}:
            self.ledger.kept.add(marker)

    async def stream(self, marker: str) -> None:
        assert (await self._post("stream/ok", marker)).text == "firstlast"
        self.ledger.kept |= {marker, f"{marker}:stream"}

    async def fail_while_streaming(self, marker: str) -> None:
        try:
            await self._post("stream/fail", marker)
        except httpx2.RemoteProtocolError:
            self.ledger.kept.add(marker)
            self.ledger.lost.add(f"{marker}:stream")

    async def leave_while_streaming(self, marker: str) -> None:
        request = self.http.build_request("POST", "/stream/endless", params={"marker": marker})
        response = await self.http.send(request, stream=True)
        async for _ in response.aiter_bytes():
            break
        await response.aclose()
        self.ledger.kept.add(marker)
        self.ledger.lost.add(f"{marker}:stream")

    async def work_in_background(self, marker: str) -> None:
        assert (await self._post("background/ok", marker)).status_code == 200
        self.ledger.kept |= {marker, f"{marker}:background"}

    async def fail_in_background(self, marker: str) -> None:
        assert (await self._post("background/fail", marker)).status_code == 200
        self.ledger.kept.add(marker)
        self.ledger.lost.add(f"{marker}:background")

    async def use_a_socket(self, marker: str) -> None:
        async with self._socket() as socket:
            await socket.send(marker)
            assert await socket.recv() == "noted"
        self.ledger.kept.add(marker)

    async def fail_in_a_socket(self, marker: str) -> None:
        await self._end_a_socket(marker, "fail")

    async def close_a_socket_for_failure(self, marker: str) -> None:
        await self._end_a_socket(marker, "close")

    async def _end_a_socket(self, marker: str, word: str) -> None:
        async with self._socket() as socket:
            await socket.send(marker)
            assert await socket.recv() == "noted"
            await socket.send(word)
            await socket.wait_closed()
        self.ledger.lost.add(marker)

    def _socket(self) -> websockets.connect:
        origin = str(self.http.base_url).replace("http:", "ws:").rstrip("/")
        return websockets.connect(f"{origin}/socket")

    async def _post(
        self, path: str, marker: str, *, after_ms: int | None = None
    ) -> httpx2.Response:
        headers = {} if after_ms is None else {HEADER.decode(): str(after_ms)}
        return await self.http.post(f"/{path}", params={"marker": marker}, headers=headers)

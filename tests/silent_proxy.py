"""A proxy that can fall silent: it loses what is in transit without closing connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class SilentProxy:
    """Forwards connections from its port to another port of this machine."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._is_silent = False
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0

    def fall_silent(self) -> None:
        """From now on every connection reads, sends nothing, and stays open."""
        self._is_silent = True

    def speak(self) -> None:
        """Serve new connections; those from before stay silent."""
        self._is_silent = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator["SilentProxy"]:
        """Serve until the block ends."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for connection in self._connections:
                connection.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._forward(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target_port)
            pumps = {
                asyncio.create_task(self._pump(reader, back)),
                asyncio.create_task(self._pump(there, writer)),
            }
            try:
                ended, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                # Closed at the server, because some servers serve one connection at a time.
                back.close()
            if any(pump.result() for pump in ended):
                await asyncio.Event().wait()
        finally:
            writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Forward to the end of the connection; return whether the silence came first."""
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if self._is_silent:
                    return True
                writer.write(data)
                await writer.drain()
        return False

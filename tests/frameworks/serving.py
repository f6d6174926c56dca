"""Real HTTP: an application behind uvicorn or granian, in the loop of the test."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import uvicorn
from granian.constants import Interfaces
from granian.server.embed import Server as GranianServer

from tests.ports import free_port
from tests.refusals import watched

ServerName = Literal["uvicorn", "granian"]


@asynccontextmanager
async def serving(app: Any, server: ServerName = "uvicorn") -> AsyncIterator[str]:
    """The origin of the running application, whose lifespan has started."""
    run = _uvicorn if server == "uvicorn" else _granian
    async with run(watched(app)) as origin:
        yield origin


@asynccontextmanager
async def _uvicorn(app: Any) -> AsyncIterator[str]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="on")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    # Without its main loop, which handles signals, and without its pauses at shutdown.
    await server.startup()
    listener = server.servers[0]
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    finally:
        listener.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        await asyncio.gather(*server.server_state.tasks, return_exceptions=True)
        await server.lifespan.shutdown()


@asynccontextmanager
async def _granian(app: Any) -> AsyncIterator[str]:
    logging.getLogger("_granian").setLevel(logging.ERROR)
    port = free_port()
    server = GranianServer(app, "127.0.0.1", port, interface=Interfaces.ASGI, log_enabled=False)
    task = asyncio.create_task(server.serve())
    while not await _is_listening(port):
        assert not task.done(), "granian could not start; see its log for the reason"
        await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
        await task


async def _is_listening(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True

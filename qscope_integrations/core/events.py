"""What the audit log records, told to the host's subscribers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from qscope_store import AuditEvent

logger = logging.getLogger(__name__)

Subscriber = Callable[[AuditEvent], Awaitable[None]]

QUEUE_SIZE: Final = 1000
"""Events that may wait for one subscriber; further ones are dropped, and the log says so."""
CALL_TIMEOUT_S: Final = 10.0
"""Seconds that a subscriber may take for one event."""
SHUTDOWN_TIMEOUT_S: Final = 5.0
"""Seconds that waiting events are given when the application ends."""


class EventDispatcher:
    """Hands events to subscribers, each in its own task and in order.

    A request only puts its events into a queue: it neither waits for a subscriber nor fails with
    one. What a subscriber misses is still in the audit log.
    """

    def __init__(self, subscribers: Sequence[Subscriber]) -> None:
        self._subscribers = tuple(subscribers)
        self._queues: tuple[asyncio.Queue[AuditEvent], ...] = ()

    def publish(self, event: AuditEvent) -> None:
        """Queue an event for every subscriber; called after its commit."""
        for subscriber, queue in zip(self._subscribers, self._queues, strict=False):
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                logger.warning("event_dropped %s", _described(subscriber, event))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the subscribers; at the end give what still waits a little time."""
        queues = tuple(asyncio.Queue[AuditEvent](QUEUE_SIZE) for _ in self._subscribers)
        tasks = [
            asyncio.create_task(_serve(subscriber, queue))
            for subscriber, queue in zip(self._subscribers, queues, strict=True)
        ]
        self._queues = queues
        try:
            yield
        finally:
            self._queues = ()
            await _drain(queues)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _serve(subscriber: Subscriber, queue: asyncio.Queue[AuditEvent]) -> None:
    while True:
        event = await queue.get()
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                await subscriber(event)
        except Exception:
            # Whatever the host's code raises, the next event is still told.
            logger.exception("subscriber_failed %s", _described(subscriber, event))
        finally:
            queue.task_done()


async def _drain(queues: Sequence[asyncio.Queue[AuditEvent]]) -> None:
    if not queues:
        return
    waiting = [asyncio.create_task(queue.join()) for queue in queues]
    _, late = await asyncio.wait(waiting, timeout=SHUTDOWN_TIMEOUT_S)
    for task in late:
        task.cancel()
    if late:
        logger.warning("events_lost_at_shutdown count=%d", sum(queue.qsize() for queue in queues))


def _described(subscriber: Subscriber, event: AuditEvent) -> str:
    name = getattr(subscriber, "__qualname__", type(subscriber).__qualname__)
    return f"subscriber={name} event_type={event.event_type!s} ray_id={event.ray_id}"

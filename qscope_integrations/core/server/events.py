"""Delivering the events of the audit log to your application's subscribers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from qscope_integrations.core.kernel.log import EVENT_DROPPED, EVENTS_LOST, SUBSCRIBER_FAILED
from qscope_store import AuditEvent

Subscriber = Callable[[AuditEvent], Awaitable[None]]

QUEUE_SIZE: Final = 1000
"""Events that may wait for one subscriber; further ones are dropped, and the log says so."""
CALL_TIMEOUT_S: Final = 10.0
"""Seconds that a subscriber may take for one event."""
SHUTDOWN_TIMEOUT_S: Final = 5.0
"""Seconds for which waiting events are still delivered at shutdown."""


class EventDispatcher:
    """Delivers events to subscribers, each in its own task and in order.

    A request only puts its events into queues: it neither waits for a subscriber nor fails with
    one. Events that a subscriber misses are still in the audit log.
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
                EVENT_DROPPED.log(**_described(subscriber, event))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver events; on exit, waiting events have `SHUTDOWN_TIMEOUT_S` left."""
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
        except Exception as error:  # noqa: BLE001 - whatever the application raises
            # The next event is delivered nevertheless.
            SUBSCRIBER_FAILED.log(error, **_described(subscriber, event))
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
        EVENTS_LOST.log(count=sum(queue.qsize() for queue in queues))


def _described(subscriber: Subscriber, event: AuditEvent) -> dict[str, str]:
    name = getattr(subscriber, "__qualname__", type(subscriber).__qualname__)
    return {"subscriber": name, "event_type": str(event.event_type), "ray_id": event.ray_id}

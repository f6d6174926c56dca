"""A subscriber that notifies users when one of their refresh tokens was used twice."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from qscope_store import AuditEvent, AuditEventType, FailedResult, Storage


@dataclass(frozen=True)
class TellOwner:
    """Looks up the user of an event: `user_id` is the store's key, not the application's."""

    storage: Storage[Any]
    send_mail: Callable[[str, str], Awaitable[None]]
    """Receives the application's key of the user, and the text."""

    async def __call__(self, event: AuditEvent) -> None:
        """Send an email if the event is a reuse."""
        if event.event_type is not AuditEventType.REUSE_DETECTED or event.user_id is None:
            return
        async with self.storage.session(event.ray_id) as session:
            found = await session.users.get_by_id(event.user_id, ray_id=event.ray_id)
        if isinstance(found, FailedResult):
            return  # The user was deleted in the meantime.
        await self.send_mail(found.client_message.external_id, "One of your tokens was used twice.")

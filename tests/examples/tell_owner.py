"""A subscriber that tells users when a token of theirs was used twice."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from qscope_store import AuditEvent, AuditEventType, FailedResult, Storage


@dataclass(frozen=True)
class TellOwner:
    """Asks the store whom an event is about: its `user_id` is the store's own key."""

    storage: Storage[Any]
    send_mail: Callable[[str, str], Awaitable[None]]
    """Takes the application's key of the user, and the text."""

    async def __call__(self, event: AuditEvent) -> None:
        """Send the mail, if the event is one of those."""
        if event.event_type is not AuditEventType.REUSE_DETECTED or event.user_id is None:
            return
        async with self.storage.session(event.ray_id) as session:
            found = await session.users.get_by_id(event.user_id, ray_id=event.ray_id)
        if isinstance(found, FailedResult):
            return  # deleted meanwhile
        await self.send_mail(found.client_message.external_id, "A token of yours was used twice.")

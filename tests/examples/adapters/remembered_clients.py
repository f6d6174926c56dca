"""Clients that are read once in a while instead of with every request."""

from qscope_integrations import ClientAdapter, RequestContext
from qscope_store import ClientRegistration


class RememberedClients(ClientAdapter):
    """Remembers known clients for a few seconds.

    For that long a process goes on with what it knows: an old secret is taken and a new one is not.
    Whether the client is enabled is asked again whenever tokens are issued.
    """

    def __init__(self, *, lifetime_s: int = 5, most: int = 1000) -> None:
        self._lifetime_s = lifetime_s
        self._most = most
        self._known: dict[str, tuple[int, ClientRegistration]] = {}

    async def find(self, context: RequestContext, client_id: str) -> ClientRegistration | None:
        read_at, client = self._known.get(client_id, (0, None))
        if client is not None and context.now < read_at + self._lifetime_s:
            return client
        client = await super().find(context, client_id)
        if client is not None:
            if len(self._known) >= self._most:
                self._known.clear()
            self._known[client_id] = context.now, client
        return client

"""Clients that are cached instead of read in every request."""

from qscope_integrations import ClientAdapter, RequestContext
from qscope_store import ClientRegistration


class RememberedClients(ClientAdapter):
    """Caches clients for a few seconds.

    While a client is cached, the process accepts its old secret and refuses a new one. Whether the
    client is enabled is still checked whenever tokens are issued.
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

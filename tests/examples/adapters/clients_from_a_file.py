"""Clients from a JSON file under version control instead of the database."""

import json
from pathlib import Path
from typing import Any

from qscope_integrations import ClientAdapter, RequestContext
from qscope_store import Client, ClientConfig, ClientRegistration


class ClientsFromFile(ClientAdapter):
    """Reads `{"<client_id>": {"name": ..., "redirect_uris": [...], ...}}` once, at startup."""

    def __init__(self, path: Path) -> None:
        self._entries: dict[str, Any] = json.loads(path.read_text("utf-8"))

    async def find(self, context: RequestContext, client_id: str) -> ClientRegistration | None:
        """The client from the file; `ensure` keeps its database row up to date."""
        entry = self._entries.get(client_id)
        if entry is None:
            return None
        return await self.ensure(context, _registration(context, client_id, entry))


def _registration(
    context: RequestContext, client_id: str, entry: dict[str, Any]
) -> ClientRegistration:
    """A public client for the code grant."""
    stamp = context.stamp("clients.json")
    client = Client(
        client_identifier=client_id,
        name=entry["name"],
        token_endpoint_auth_method="none",
        is_confidential=False,
        redirect_uris=tuple(entry["redirect_uris"]),
        grant_types=("authorization_code", "refresh_token"),
        scopes=tuple(entry["scopes"]),
        is_enabled=entry.get("is_enabled", True),
        stamp=stamp,
    )
    return ClientRegistration(client=client, config=ClientConfig(client_id=client.id, stamp=stamp))

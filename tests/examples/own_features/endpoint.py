"""An endpoint of your own, at /oauth/client_info, with the server's client authentication."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from qscope_integrations import (
    Endpoint,
    Feature,
    HttpResponse,
    Operation,
    RequestContext,
    ServerParts,
    authenticate_client,
    json_response,
)
from qscope_store import FailedResult


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientInfo(Feature):
    """Tells an authenticated client what the server knows about it."""

    name: ClassVar[str] = "client_info"

    def endpoints(self, server: ServerParts) -> Iterable[Endpoint]:
        """One endpoint that takes a form by POST."""

        async def handle(context: RequestContext) -> HttpResponse:
            client = await authenticate_client(context, server.clients)
            found = await context.session.clients.get_by_id(client.row.id, ray_id=context.ray_id)
            name = None if isinstance(found, FailedResult) else found.client_message.name
            return json_response(200, {"name": name, "ray_id": context.ray_id})

        yield Endpoint(
            name=self.name,
            path=server.settings.endpoint_path(self.name),
            handle=handle,
            operations=(Operation(method="POST", name=self.name, form=("detail",)),),
        )

"""A custom endpoint, /oauth/client_info, with the server's client authentication."""

from typing import Any

from authlib.oauth2.rfc6749 import Endpoint
from authlib.oauth2.rfc6749.endpoint import EndpointRequest

from qscope_integrations.core.bridge import wait
from qscope_store import FailedResult


class ClientInfo(Endpoint):
    """Returns an authenticated client's registered name."""

    ENDPOINT_NAME = "client_info"

    def validate_request(self, request: Any) -> EndpointRequest:
        """Authenticate the client by its registered method. Raises `InvalidClientError`."""
        client = self.server.authenticate_client(request, (), self.ENDPOINT_NAME)
        return EndpointRequest(request=request, client=client)

    def create_response(self, validated_request: EndpointRequest) -> tuple[int, Any, list[Any]]:
        """`request.context` has the store session of the request and its ray ID."""
        context = validated_request.request.context
        row = validated_request.client.row
        found = wait(context.session.clients.get_by_id(row.id, ray_id=context.ray_id))
        name = None if isinstance(found, FailedResult) else found.client_message.name
        return 200, {"name": name, "ray_id": context.ray_id}, []

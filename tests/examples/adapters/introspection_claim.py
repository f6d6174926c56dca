"""One more member in introspection responses (RFC 7662 section 2.2)."""

from typing import Any

from qscope_integrations import IntrospectionAdapter, RequestContext
from qscope_store import ActiveToken, FailedResult


class TenantClaims(IntrospectionAdapter):
    """Adds the tenant that the client belongs to, from the client's own metadata."""

    async def claims(self, context: RequestContext, active: ActiveToken) -> dict[str, Any]:
        """`tenant`, for clients that have one."""
        found = await context.session.clients.get_registration(
            active.client_identifier, ray_id=context.ray_id
        )
        if isinstance(found, FailedResult):
            return {}
        metadata = found.client_message.config.metadata
        return {"tenant": metadata["tenant"]} if "tenant" in metadata else {}

"""An additional member in introspection responses (RFC 7662 section 2.2)."""

from typing import Any

from qscope_integrations.core import RequestContext, TokenAdapter
from qscope_store import ActiveToken, FailedResult


class TokensWithTenant(TokenAdapter):
    """Adds the tenant of the client, from the client's metadata."""

    async def introspection_claims(
        self, context: RequestContext, active: ActiveToken
    ) -> dict[str, Any]:
        """`tenant`, for clients that have one."""
        found = await context.session.client_configs.get_by_client_id(
            active.token.client_id, ray_id=context.ray_id
        )
        if isinstance(found, FailedResult) or "tenant" not in found.client_message.metadata:
            return {}
        return {"tenant": found.client_message.metadata["tenant"]}

"""Access tokens that a secret scanner recognizes by their prefix."""

from qscope_integrations import RequestContext, TokenAdapter, TokenFacts


class PrefixedTokens(TokenAdapter):
    """Tokens of the form `acme_at_...`; the rest of the token is unchanged."""

    def generate_access_token(self, context: RequestContext, facts: TokenFacts) -> str:
        """A new access token with the prefix of this service."""
        return "acme_at_" + super().generate_access_token(context, facts)

"""PKCE (RFC 7636): asked of every client, at the authorization endpoint already."""

from typing import Any, Final

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7636.challenge import CODE_CHALLENGE_PATTERN, CODE_VERIFIER_PATTERN

_DEFAULT_METHOD: Final = "plain"


class ProofKey(CodeChallenge):  # type: ignore[misc]  # Authlib is untyped
    """Authlib's extension with the client's own configuration, and without its lenience."""

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Refuse an authorization request whose code could be redeemed without proof."""
        request = grant.request
        challenge = request.payload.data.get("code_challenge")
        method = request.payload.data.get("code_challenge_method")
        config = request.client.config
        if challenge is None and method is None and not config.require_pkce:
            return
        if not challenge:
            raise InvalidRequestError("The parameter code_challenge is missing.")
        # RFC 7636 section 4.3: an absent method means plain.
        if (_DEFAULT_METHOD if method is None else method) not in config.pkce_methods:
            methods = ", ".join(config.pkce_methods)
            raise InvalidRequestError(f"The code_challenge_method must be one of: {methods}.")
        if not CODE_CHALLENGE_PATTERN.fullmatch(challenge):
            raise InvalidRequestError("The code_challenge is malformed.")

    def validate_code_verifier(self, grant: Any, result: object) -> None:
        """Compare the verifier with the stored challenge (RFC 7636 section 4.6)."""
        row = grant.request.spent
        verifier = grant.request.form.get("code_verifier")
        if row.code_challenge is None:
            if verifier is not None:
                # RFC 9700 section 2.1.1: this is how a downgrade shows.
                raise InvalidGrantError("The authorization request had no code_challenge.")
            if grant.request.client.config.require_pkce:
                raise InvalidGrantError("The authorization request had no code_challenge.")
            return
        if verifier is None:
            raise InvalidRequestError("The parameter code_verifier is missing.")
        if not CODE_VERIFIER_PATTERN.fullmatch(verifier):
            raise InvalidRequestError("The code_verifier is malformed.")
        method = row.code_challenge_method or _DEFAULT_METHOD
        if not self.CODE_CHALLENGE_METHODS[method](verifier, row.code_challenge):
            raise InvalidGrantError("The code_verifier does not match.")

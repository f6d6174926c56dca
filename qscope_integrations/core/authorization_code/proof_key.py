"""PKCE (RFC 7636), required of every client from the authorization request on.

The endpoint and the grant call the two rules themselves, without a hook of Authlib.
"""

from typing import Final

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7636.challenge import CODE_CHALLENGE_PATTERN, CODE_VERIFIER_PATTERN

from qscope_integrations.core.clients.client import OAuthClient
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import refusal
from qscope_store import AuthorizationCode

_DEFAULT_METHOD: Final = "plain"


def check_code_challenge(context: RequestContext, client: OAuthClient) -> None:
    """Refuse an authorization request whose code could be redeemed without proof.

    Raises `InvalidRequestError`.
    """
    challenge = context.parameters.get("code_challenge")
    method = context.parameters.get("code_challenge_method")
    config = client.config
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


def check_code_verifier(
    context: RequestContext, client: OAuthClient, code: AuthorizationCode
) -> None:
    """Compare the verifier with the stored challenge (RFC 7636 section 4.6).

    Raises `InvalidRequestError` for a missing or malformed verifier, `InvalidGrantError` for a
    wrong one.
    """
    verifier = context.parameters.get("code_verifier")
    if code.code_challenge is None:
        if verifier is not None or client.config.require_pkce:
            # RFC 9700 section 2.1.1: a verifier without a challenge indicates a downgrade attack.
            raise refusal(
                InvalidGrantError("The authorization request had no code_challenge."),
                "the authorization request had no code_challenge",
                is_suspicious=verifier is not None,
            )
        return
    if verifier is None:
        raise InvalidRequestError("The parameter code_verifier is missing.")
    if not CODE_VERIFIER_PATTERN.fullmatch(verifier):
        raise InvalidRequestError("The code_verifier is malformed.")
    method = code.code_challenge_method or _DEFAULT_METHOD
    if not CodeChallenge.CODE_CHALLENGE_METHODS[method](verifier, code.code_challenge):
        raise refusal(
            InvalidGrantError("The code_verifier does not match."),
            "the code_verifier does not match",
            is_suspicious=True,
        )

"""Credentials that buy nothing any more: their state is judged before what is asked for with them.

RFC 6749 section 5.2 calls them `invalid_grant`, whatever else is wrong with the request, and RFC
9700 section 4.14.2 wants their reuse noticed. The transition does both, so the request goes there.
"""

from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.issuing import Credential
from qscope_store import AuthorizationCode, DeviceCode, DeviceCodeState, Grant, RefreshToken


def buys_nothing(context: RequestContext, credential: Credential) -> bool:
    """Whether the transition is going to refuse the credential, as it was stored when read."""
    match credential:
        case AuthorizationCode():
            return credential.consumed_at is not None or context.now >= credential.expires_at
        case RefreshToken():
            return _is_over(context, credential)
        case DeviceCode():
            return credential.state is DeviceCodeState.CONSUMED
        case Grant():
            return False


def _is_over(context: RequestContext, token: RefreshToken) -> bool:
    if token.revoked_at is not None or context.now >= token.expires_at:
        return True
    if token.rotated_at is None:
        return False
    leeway_s = context.config.refresh_reuse_leeway_s
    return leeway_s == 0 or token.rotated_at <= context.now - leeway_s

"""Credentials that buy nothing any more: their state is judged before what is asked for with them.

RFC 6749 section 5.2 calls them `invalid_grant`, whatever else is wrong with the request, and RFC
9700 section 4.14.2 wants their reuse noticed. The transition does both, so the request goes there.
"""

from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.issuing import Credential
from qscope_store import AuthorizationCode, DeviceCode, DeviceCodeState, Grant, RefreshToken


def buys_nothing(context: RequestContext, credential: Credential) -> bool:
    """Whether the transition is going to refuse the credential, as it was stored when read.

    Whether a refresh token that was rotated may be used again, only the store knows
    (`GrantTable.detect_reuse`).
    """
    match credential:
        case AuthorizationCode():
            return credential.consumed_at is not None or context.now >= credential.expires_at
        case RefreshToken():
            return credential.revoked_at is not None or context.now >= credential.expires_at
        case DeviceCode():
            return credential.state is DeviceCodeState.CONSUMED
        case Grant():
            return False

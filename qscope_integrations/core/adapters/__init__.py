"""The seam between the protocol and the store, one class per kind of thing.

A host replaces one by passing an instance of a subclass in the config. An adapter has no state of
its own: what belongs to a request comes in as the context.
"""

from qscope_integrations.core.adapters.client import ClientAdapter, OAuthClient
from qscope_integrations.core.adapters.code import CodeAdapter
from qscope_integrations.core.adapters.device import DeviceAdapter
from qscope_integrations.core.adapters.token import TokenAdapter
from qscope_integrations.core.adapters.user import HostUser, PasswordUserAdapter, UserAdapter

__all__ = [
    "ClientAdapter",
    "CodeAdapter",
    "DeviceAdapter",
    "HostUser",
    "OAuthClient",
    "PasswordUserAdapter",
    "TokenAdapter",
    "UserAdapter",
]

"""Registering a client under the rules of a server's features."""

from collections.abc import Iterable

from qscope_integrations.core.clients.metadata import ClientMetadata
from qscope_integrations.core.feature import Feature
from qscope_integrations.core.server.features import client_rules
from qscope_store import ClientRegistration


def new_registration(
    metadata: ClientMetadata,
    *,
    client_identifier: str | None = None,
    created_by: str,
    now: int,
    features: Iterable[Feature] | None = None,
) -> tuple[ClientRegistration, str | None]:
    """A client ready for `ClientTable.register`, and its secret, which is not stored.

    The secret is None for a public client and for one that signs with a key. Without an identifier,
    the client receives a new one. `features` are those of the server; None allows every grant of
    qscope. Raises `RegistrationError`, which names the field.
    """
    return client_rules(features).register(
        metadata, client_identifier=client_identifier, created_by=created_by, now=now
    )

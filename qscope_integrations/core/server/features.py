"""The list of all features, and the effective features of a configuration."""

from collections.abc import Iterable
from typing import Final

from qscope_integrations.core.authorization_code.feature import AuthorizationCode
from qscope_integrations.core.client_credentials.feature import ClientCredentials
from qscope_integrations.core.clients.metadata import ClientRules
from qscope_integrations.core.device.feature import Device
from qscope_integrations.core.feature import Feature
from qscope_integrations.core.introspection.feature import Introspection
from qscope_integrations.core.jwt_bearer.feature import JwtBearer
from qscope_integrations.core.kernel.settings import ConfigurationError
from qscope_integrations.core.password.feature import Password
from qscope_integrations.core.password.grant import PasswordGrant
from qscope_integrations.core.refresh_token.feature import RefreshToken
from qscope_integrations.core.revocation.feature import Revocation

FEATURES: Final[tuple[type[Feature], ...]] = (
    AuthorizationCode,
    RefreshToken,
    ClientCredentials,
    Device,
    Introspection,
    Revocation,
    Password,
    JwtBearer,
)
"""Every feature that qscope has, in the order of the documentation."""


def default_features() -> tuple[Feature, ...]:
    """The features of a server whose configuration lists none."""
    return (
        AuthorizationCode(),
        RefreshToken(),
        ClientCredentials(),
        Device(),
        Introspection(),
        Revocation(),
    )


def effective_features(features: Iterable[Feature]) -> tuple[Feature, ...]:
    """The features in their order; of two with the same name, the later one replaces the other.

    Raises `ConfigurationError` for a value that is not a feature, a grant type that two features
    serve, and an extension of a grant type that no feature serves.
    """
    by_name: dict[str, Feature] = {}
    for feature in features:
        if not isinstance(feature, Feature):
            raise ConfigurationError(
                f"features: {feature!r} is not a feature; list instances, such as Device()."
            )
        by_name[feature.name] = feature
    served: dict[str, str] = {}
    for feature in by_name.values():
        for spec in feature.grants():
            grant_type = spec.grant_type
            if grant_type in served:
                raise ConfigurationError(
                    f"features: {served[grant_type]} and {feature.name} both serve the grant type"
                    f" {grant_type!r}."
                )
            served[grant_type] = feature.name
    for feature in by_name.values():
        unknown = set(feature.grant_extensions()) - served.keys()
        if unknown:
            raise ConfigurationError(
                f"features: {feature.name} extends the grant type {min(unknown)!r}, which no"
                " feature serves."
            )
    return tuple(by_name.values())


def client_rules(features: Iterable[Feature] | None = None) -> ClientRules:
    """What a server with these features requires of its clients.

    None means that the configuration is unknown: clients may then use every grant of qscope.
    """
    listed = default_features() if features is None else tuple(features)
    grant_types = [spec.grant_type for feature in listed for spec in feature.grants()]
    kinds = [type(feature) for feature in listed]
    if features is None:
        grant_types.append(str(PasswordGrant.GRANT_TYPE))
        kinds = list(FEATURES)
    return ClientRules(
        grant_types=tuple(grant_types),
        rules=tuple(rule for kind in kinds for rule in kind.client_rules()),
    )

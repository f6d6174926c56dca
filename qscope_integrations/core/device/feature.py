"""The device feature: device authorization endpoint, device page, grant."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from qscope_integrations.core.clients.authentication import CLIENT_PARAMETERS
from qscope_integrations.core.device.adapter import DeviceAdapter
from qscope_integrations.core.device.endpoint import (
    DEVICE,
    DEVICE_AUTHORIZATION,
    DeviceAuthorizationEndpoint,
)
from qscope_integrations.core.device.grant import DeviceCodeGrant
from qscope_integrations.core.device.page import DevicePage
from qscope_integrations.core.feature import Feature, ServerParts
from qscope_integrations.core.kernel.endpoint import Endpoint, Operation
from qscope_integrations.core.tokens.authlib import GrantSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Device(Feature):
    """The device authorization grant (RFC 8628)."""

    name: ClassVar[str] = "device"
    templates: ClassVar[str | None] = "qscope_integrations.core.device"

    devices: DeviceAdapter = field(default_factory=DeviceAdapter)
    """Issues, finds and decides device authorizations; override it to change code formats."""

    def grants(self) -> Iterable[GrantSpec]:
        """See `Feature.grants`."""
        yield GrantSpec(
            grant=DeviceCodeGrant,
            parameters=("device_code", "resource"),
            values={"devices": self.devices},
        )

    def endpoints(self, server: ServerParts) -> Iterable[Endpoint]:
        """See `Feature.endpoints`."""
        settings = server.settings
        yield Endpoint(
            name=DEVICE_AUTHORIZATION,
            path=settings.endpoint_path(DEVICE_AUTHORIZATION),
            handle=DeviceAuthorizationEndpoint(clients=server.clients, devices=self.devices),
            operations=(
                Operation(
                    method="POST",
                    name="device_authorization",
                    form=("scope", "resource", *CLIENT_PARAMETERS),
                ),
            ),
            metadata_member="device_authorization_endpoint",
        )
        yield Endpoint(
            name=DEVICE,
            path=settings.endpoint_path(DEVICE),
            handle=DevicePage(
                settings,
                clients=server.clients,
                users=server.users,
                devices=self.devices,
                pages=server.pages,
            ),
            operations=(
                Operation(method="GET", name="device", query=("user_code",)),
                Operation(
                    method="POST", name="decide_device", form=("user_code", "request", "decision")
                ),
            ),
            is_page=True,
            hides_query=True,
        )

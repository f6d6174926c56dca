"""An Authlib extension of a grant: client credentials only from the machines that run the jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from authlib.oauth2.rfc6749 import UnauthorizedClientError

from qscope_integrations import Extension, Feature, TokenGrant, refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class JobMachines(Feature):
    """Refuses client credentials to requests from other addresses."""

    name: ClassVar[str] = "job_machines"

    addresses: frozenset[str]

    def grant_extensions(self) -> Mapping[str, Sequence[Extension]]:
        """One extension of the client credentials grant."""
        return {"client_credentials": (self._extend,)}

    def _extend(self, grant: TokenGrant) -> None:
        grant.register_hook("before_create_token_response", self._check)

    def _check(self, grant: TokenGrant) -> None:
        address = grant.request.context.http.client_address
        if address not in self.addresses:
            raise refusal(UnauthorizedClientError(), f"{address} is not a machine for jobs")

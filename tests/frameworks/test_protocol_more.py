"""The larger half of the protocol tests on each framework, in `make test-long`."""

import pytest

from tests.protocol.test_rfc6749_authorization_endpoint import *  # noqa: F403
from tests.protocol.test_rfc6749_client_authentication import *  # noqa: F403

pytestmark = [pytest.mark.anyio, pytest.mark.long]

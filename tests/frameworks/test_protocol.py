"""The protocol tests again, on each framework over real HTTP.

They are imported, not copied; their fixture `host` is the one of this folder.
"""

from tests.protocol.test_consent_page import *  # noqa: F403
from tests.protocol.test_rfc6749_token_endpoint import *  # noqa: F403
from tests.protocol.test_rfc6750_bearer import *  # noqa: F403
from tests.protocol.test_rfc7009_revocation import *  # noqa: F403
from tests.protocol.test_rfc7636_pkce import *  # noqa: F403
from tests.protocol.test_rfc7662_introspection import *  # noqa: F403
from tests.protocol.test_rfc8414_metadata import *  # noqa: F403
from tests.protocol.test_rfc8628_device_authorization import *  # noqa: F403
from tests.protocol.test_trace_id import *  # noqa: F403

"""Making client registrations, for the command line and for hosts that register clients."""

from qscope_integrations.core.registration.client import AuthMethod, GrantType, new_registration
from qscope_integrations.core.registration.fields import RegistrationError

__all__ = ["AuthMethod", "GrantType", "RegistrationError", "new_registration"]

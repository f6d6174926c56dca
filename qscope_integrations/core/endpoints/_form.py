"""What every endpoint that takes a form has in common (RFC 6749 section 3.2)."""

from typing import Final

from authlib.oauth2.rfc6749 import InvalidRequestError

from qscope_integrations.core.errors import MethodNotAllowedError, PayloadTooLargeError
from qscope_integrations.core.http import HttpRequest
from qscope_integrations.core.parameters import (
    MalformedParametersError,
    Parameters,
    parse_parameters,
)

MAX_BODY_BYTES: Final = 64 * 1024

_FORM_TYPE: Final = "application/x-www-form-urlencoded"

_PROTOCOL_PARAMETERS: Final = frozenset(
    {
        "assertion",
        "client_assertion",
        "client_assertion_type",
        "client_id",
        "client_secret",
        "code",
        "code_verifier",
        "device_code",
        "grant_type",
        "password",
        "redirect_uri",
        "refresh_token",
        "resource",
        "scope",
        "token",
        "token_type_hint",
        "user_code",
        "username",
    }
)


def _is_form(http: HttpRequest) -> bool:
    content_types = http.header_values("content-type")
    if not content_types:
        # RFC 8628 section 3.1: a client that authenticates by header may have nothing to send.
        return not http.body
    # RFC 9110 section 8.3: of two, servers differ in which one they believe.
    named = {each.partition(";")[0].strip().lower() for each in content_types}
    return len(content_types) == 1 and named == {_FORM_TYPE}


def read_form(http: HttpRequest) -> Parameters:
    """The parameters of a POST body that have a value, each at most once.

    Raises `MethodNotAllowedError`, `PayloadTooLargeError`, or `InvalidRequestError` for a wrong
    content type, malformed or repeated parameters, and parameters in the URL, where they would
    end up in logs.
    """
    if http.method != "POST":
        raise MethodNotAllowedError("POST")
    if len(http.body) > MAX_BODY_BYTES:
        raise PayloadTooLargeError
    if not _is_form(http):
        raise InvalidRequestError(f"The body must be {_FORM_TYPE}.")
    try:
        if http.query and _PROTOCOL_PARAMETERS & parse_parameters(http.query).values.keys():
            raise InvalidRequestError("Send the parameters in the body, not in the URL.")
        parameters = parse_parameters(http.body)
    except MalformedParametersError as error:
        raise InvalidRequestError(str(error)) from None
    if parameters.repeated:
        raise InvalidRequestError("A parameter is given twice.")
    # RFC 6749 section 3.2: one that is sent without a value counts as left out.
    return parameters.without_empty()

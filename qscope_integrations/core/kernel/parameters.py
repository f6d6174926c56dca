"""Reading `application/x-www-form-urlencoded`, strictly (RFC 6749 section 3.1, 3.2, appendix B)."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Final, Self
from urllib.parse import parse_qsl, urlencode

from authlib.oauth2.rfc6749 import InvalidRequestError

from qscope_integrations.core.kernel.errors import PayloadTooLargeError, refusal
from qscope_integrations.core.kernel.http import HttpRequest

MAX_BODY_BYTES: Final = 64 * 1024
MAX_PARAMETERS: Final = 64

_FORM_TYPE: Final = "application/x-www-form-urlencoded"
# RFC 8707 section 2: the one parameter that may occur more than once.
_REPEATABLE: Final = frozenset({"resource"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The parameters of one request. An empty value is kept; its reader decides what it means."""

    values: dict[str, str] = field(default_factory=dict, repr=False)
    """The first value of each name."""
    resources: tuple[str, ...] = ()
    repeated: frozenset[str] = frozenset()
    """Names that occur more than once although they must not."""

    def get(self, name: str) -> str | None:
        """The value as it was sent, also when it is empty; None if the parameter is absent."""
        return self.values.get(name)

    def without_empty(self) -> Self:
        """The parameters that have a value."""
        if all(self.values.values()):
            return self
        return replace(self, values={name: value for name, value in self.values.items() if value})

    def as_query(self) -> str:
        """The same parameters as an ASCII query string."""
        pairs = [(name, value) for name, value in self.values.items() if name not in _REPEATABLE]
        return urlencode([*pairs, *(("resource", uri) for uri in self.resources)])


def read_form(http: HttpRequest, protocol_parameters: AbstractSet[str]) -> Parameters:
    """The parameters of a POST body that have a value, each at most once.

    Raises `PayloadTooLargeError`, or `InvalidRequestError` for a wrong content type, malformed or
    repeated parameters, and `protocol_parameters` in the URL, which access logs would contain.
    """
    if len(http.body) > MAX_BODY_BYTES:
        raise PayloadTooLargeError
    if not _is_form(http):
        raise InvalidRequestError(f"The body must be {_FORM_TYPE}.")
    parameters = parse_parameters(http.body)
    client_id = parameters.get("client_id")
    if http.query and not protocol_parameters.isdisjoint(parse_parameters(http.query).values):
        raise refusal(
            InvalidRequestError("Send the parameters in the body, not in the URL."),
            "parameters are in the URL, where logs keep them",
            client_id=client_id,
        )
    if parameters.repeated:
        # Other names are the sender's text, which could be a secret.
        names = sorted(parameters.repeated & protocol_parameters) or ["unknown names"]
        raise refusal(
            InvalidRequestError("A parameter is given twice."),
            f"repeated parameters: {', '.join(names)}",
            client_id=client_id,
        )
    # RFC 6749 section 3.2: a parameter without a value counts as absent.
    return parameters.without_empty()


def parse_parameters(raw: bytes) -> Parameters:
    """Decode a query or form body.

    Raises `InvalidRequestError` for bytes that are not UTF-8, NUL, and too many parameters.
    """
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except UnicodeDecodeError:
        raise InvalidRequestError("A parameter is not valid UTF-8.") from None
    except ValueError:
        raise InvalidRequestError("There are too many parameters.") from None
    values: dict[str, str] = {}
    resources: list[str] = []
    repeated: set[str] = set()
    for name, value in pairs:
        if "\0" in value or "\0" in name:
            raise InvalidRequestError("A parameter contains a NUL character.")
        if name in _REPEATABLE:
            # RFC 6749 section 3.1 and 3.2: without a value it counts as absent.
            resources += [value] if value else []
        elif name in values:
            repeated.add(name)
        values.setdefault(name, value)
    return Parameters(values=values, resources=tuple(resources), repeated=frozenset(repeated))


def _is_form(http: HttpRequest) -> bool:
    content_types = http.header_values("content-type")
    if not content_types:
        # RFC 8628 section 3.1: a client that authenticates by header may have nothing to send.
        return not http.body
    # RFC 9110 section 8.3: servers differ in which of two content types they use.
    named = {each.partition(";")[0].strip().lower() for each in content_types}
    return len(content_types) == 1 and named == {_FORM_TYPE}

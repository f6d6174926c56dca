"""Reading `application/x-www-form-urlencoded`, strictly (RFC 6749 section 3.1, 3.2, appendix B)."""

from dataclasses import dataclass, field, replace
from typing import Final, Self
from urllib.parse import parse_qsl

MAX_PARAMETERS: Final = 64

# RFC 8707 section 2: the one parameter that may come more than once.
_REPEATABLE: Final = frozenset({"resource"})


class MalformedParametersError(ValueError):
    """The text is not a form of this encoding; the message is fit for an `error_description`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The parameters of one request. An empty value is a value; what it means is decided by use."""

    values: dict[str, str] = field(default_factory=dict, repr=False)
    """The first value of each name."""
    resources: tuple[str, ...] = ()
    repeated: frozenset[str] = frozenset()
    """Names that came more than once although they must not."""

    def get(self, name: str) -> str | None:
        """The value as it was sent, also when empty; None if the parameter is absent."""
        return self.values.get(name)

    def without_empty(self) -> Self:
        """The parameters that have a value."""
        if all(self.values.values()):
            return self
        return replace(self, values={name: value for name, value in self.values.items() if value})


def parse_parameters(raw: bytes) -> Parameters:
    """Decode a query or form body.

    Raises `MalformedParametersError` on bytes that are not UTF-8, NUL, or too many parameters.
    """
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except UnicodeDecodeError:
        raise MalformedParametersError("A parameter is not valid UTF-8.") from None
    except ValueError:
        raise MalformedParametersError("There are too many parameters.") from None
    values: dict[str, str] = {}
    resources: list[str] = []
    repeated: set[str] = set()
    for name, value in pairs:
        if "\0" in value or "\0" in name:
            raise MalformedParametersError("A parameter contains a NUL character.")
        if name in _REPEATABLE:
            # RFC 6749 section 3.1 and 3.2: without a value it counts as left out.
            resources += [value] if value else []
        elif name in values:
            repeated.add(name)
        values.setdefault(name, value)
    return Parameters(values=values, resources=tuple(resources), repeated=frozenset(repeated))

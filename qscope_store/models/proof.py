"""Signed proofs that may be used once, such as assertions (RFC 7523 section 3)."""

from dataclasses import dataclass, field

from qscope_store.models._row import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedProof(Row):
    """The memory of one proof, so that it cannot be used again."""

    proof: str = field(repr=False)
    """The digest of what makes the proof unique: its kind, its issuer or key, and its `jti`."""
    expires_at: int
    """Epoch seconds; from this second on the proof is refused for its age."""

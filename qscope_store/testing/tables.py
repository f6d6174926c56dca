"""Insert, get, update, delete and list, of every table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import pytest

from qscope_store.contracts import BaseTable, StoreSession
from qscope_store.models import (
    AccessToken,
    AuthorizationCode,
    Client,
    Consent,
    DeviceCode,
    Grant,
    RateLimit,
    RefreshToken,
    Row,
    UsedProof,
    User,
    new_id,
)
from qscope_store.result import ErrorCode
from qscope_store.tables import SPECS, TableSpec
from qscope_store.testing.base import ContractBase, good, issue_tokens, why
from qscope_store.testing.rows import (
    NOW,
    RAY,
    Party,
    changed,
    client,
    client_config,
    rate_limit,
    used_proof,
    user,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A table whose rows may be changed, and how to make one."""

    row_type: type[Row]
    make: Callable[[Party, Any], Row]
    """A valid row; the second argument is an inserted grant."""
    text: str = "created_by"
    """A column that holds any text."""

    @property
    def spec(self) -> TableSpec[Any]:
        """The table."""
        return SPECS[self.row_type]


KINDS: Final = (
    Kind(row_type=Client, make=lambda *_: client(), text="name"),
    Kind(row_type=User, make=lambda *_: user()),
    Kind(row_type=Grant, make=lambda p, _: p.grant()),
    Kind(row_type=AuthorizationCode, make=lambda p, g: p.code(g), text="redirect_uri"),
    Kind(row_type=AccessToken, make=lambda p, g: p.access_token(g)),
    Kind(row_type=RefreshToken, make=lambda p, g: p.refresh_token(g)),
    Kind(row_type=DeviceCode, make=lambda p, _: p.device_code(user_id=p.user.id)),
    Kind(row_type=Consent, make=lambda p, _: p.consent()),
    Kind(row_type=RateLimit, make=lambda *_: rate_limit()),
    Kind(row_type=UsedProof, make=lambda *_: used_proof()),
)
_every_table = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.spec.name)
_every_unique_value = pytest.mark.parametrize(
    ("kind", "column"),
    [
        pytest.param(kind, group[0], id=f"{kind.spec.name}.{group[0]}")
        for kind in KINDS
        for group in kind.spec.unique
        if len(group) == 1
    ],
)
_every_reference = pytest.mark.parametrize(
    ("kind", "column"),
    [
        pytest.param(kind, column, id=f"{kind.spec.name}.{column}")
        for kind in KINDS
        for column in kind.spec.owners
    ],
)

Add = Callable[[Kind], Awaitable[Row]]


def _table(session: StoreSession[Any], kind: Kind) -> BaseTable[Any]:
    table: BaseTable[Any] = getattr(session, kind.spec.name)
    return table


class TableContract(ContractBase):
    """`BaseTable`."""

    @pytest.fixture
    async def grant(self, session: StoreSession[Any], party: Party) -> Any:
        """A grant that codes and tokens may refer to."""
        row = party.grant()
        good(await session.grants.insert(row, ray_id=RAY))
        return row

    @pytest.fixture
    def add(self, session: StoreSession[Any], party: Party, grant: Any) -> Add:
        """Inserts a row of a kind."""

        async def add(kind: Kind) -> Row:
            row = kind.make(party, grant)
            good(await _table(session, kind).insert(row, ray_id=RAY))
            return row

        return add

    @_every_table
    async def test_a_row_comes_back_as_it_went_in(
        self, session: StoreSession[Any], add: Add, kind: Kind
    ) -> None:
        """BaseTable.get_by_id."""
        row = await add(kind)
        assert good(await _table(session, kind).get_by_id(row.id, ray_id=RAY)) == row

    @_every_table
    async def test_an_unknown_id_is_not_found(self, session: StoreSession[Any], kind: Kind) -> None:
        """BaseTable.get_by_id, delete_by_id."""
        table = _table(session, kind)
        assert why(await table.get_by_id(new_id(), ray_id=RAY)) is ErrorCode.NOT_FOUND
        assert why(await table.delete_by_id(new_id(), ray_id=RAY)) is ErrorCode.NOT_FOUND

    @_every_table
    @pytest.mark.parametrize("key", ["", "\0", "\ud800", "' OR 1=1 --"], ids=ascii)
    async def test_an_odd_id_is_not_found(
        self, session: StoreSession[Any], kind: Kind, key: str
    ) -> None:
        """Keys come from the network; none may be more than a key that is not there."""
        table = _table(session, kind)
        assert why(await table.get_by_id(key, ray_id=RAY)) is ErrorCode.NOT_FOUND
        assert why(await table.delete_by_id(key, ray_id=RAY)) is ErrorCode.NOT_FOUND

    @_every_table
    async def test_an_id_is_taken_once(
        self, session: StoreSession[Any], party: Party, grant: Any, add: Add, kind: Kind
    ) -> None:
        """BaseTable.insert: CONFLICT, and the first row stays."""
        row = await add(kind)
        other = replace(kind.make(party, grant), id=row.id)
        table = _table(session, kind)
        assert why(await table.insert(other, ray_id=RAY)) is ErrorCode.CONFLICT
        assert good(await table.get_by_id(row.id, ray_id=RAY)) == row

    @_every_unique_value
    async def test_a_unique_value_is_taken_once(
        self,
        session: StoreSession[Any],
        party: Party,
        grant: Any,
        add: Add,
        kind: Kind,
        column: str,
    ) -> None:
        """BaseTable.insert and update: CONFLICT."""
        first, second = await add(kind), await add(kind)
        taken: dict[str, Any] = {column: getattr(first, column)}
        third: Any = kind.make(party, grant)
        table = _table(session, kind)
        assert why(await table.insert(replace(third, **taken), ray_id=RAY)) is ErrorCode.CONFLICT
        assert why(await table.update(replace(second, **taken), ray_id=RAY)) is ErrorCode.CONFLICT
        assert good(await table.get_by_id(second.id, ray_id=RAY)) == second

    @_every_reference
    async def test_a_reference_to_nothing_is_refused(
        self,
        session: StoreSession[Any],
        party: Party,
        grant: Any,
        add: Add,
        kind: Kind,
        column: str,
    ) -> None:
        """BaseTable.insert and update: INSERT_FAILED, UPDATE_FAILED."""
        dangling: dict[str, Any] = {column: new_id()}
        table = _table(session, kind)
        lost = replace(kind.make(party, grant), **dangling)
        assert why(await table.insert(lost, ray_id=RAY)) is ErrorCode.INSERT_FAILED
        moved = replace(await add(kind), **dangling)
        assert why(await table.update(moved, ray_id=RAY)) is ErrorCode.UPDATE_FAILED

    @_every_table
    @pytest.mark.parametrize("text", ["a\0b", "a\ud800b"], ids=["NUL", "half-a-surrogate-pair"])
    async def test_a_text_that_no_column_can_hold_is_refused(
        self, session: StoreSession[Any], party: Party, grant: Any, add: Add, kind: Kind, text: str
    ) -> None:
        """BaseTable.insert and update: INSERT_FAILED, UPDATE_FAILED; never an exception."""
        changes: dict[str, Any] = {kind.text: text}
        table = _table(session, kind)
        odd = changed(kind.make(party, grant), **changes)
        assert why(await table.insert(odd, ray_id=RAY)) is ErrorCode.INSERT_FAILED
        if kind.text != "created_by":
            odd = changed(await add(kind), **changes)
            assert why(await table.update(odd, ray_id=RAY)) is ErrorCode.UPDATE_FAILED

    @_every_table
    async def test_an_update_replaces_all_but_the_origin(
        self, session: StoreSession[Any], add: Add, kind: Kind
    ) -> None:
        """BaseTable.update: `created_at` and `created_by` stay as they were."""
        row = await add(kind)
        wanted = changed(row, updated_at=NOW + 5, updated_by="an operator")
        forged = changed(wanted, created_at=1, created_by="forger")
        table = _table(session, kind)
        assert good(await table.update(forged, ray_id=RAY)) == wanted
        assert good(await table.get_by_id(row.id, ray_id=RAY)) == wanted

    @_every_table
    async def test_an_update_of_nothing_is_not_found(
        self, session: StoreSession[Any], party: Party, grant: Any, kind: Kind
    ) -> None:
        """BaseTable.update."""
        row = kind.make(party, grant)
        assert why(await _table(session, kind).update(row, ray_id=RAY)) is ErrorCode.NOT_FOUND

    @_every_table
    async def test_a_delete_gives_back_what_it_removed(
        self, session: StoreSession[Any], add: Add, kind: Kind
    ) -> None:
        """BaseTable.delete_by_id."""
        row = await add(kind)
        table = _table(session, kind)
        assert good(await table.delete_by_id(row.id, ray_id=RAY)) == row
        assert why(await table.get_by_id(row.id, ray_id=RAY)) is ErrorCode.NOT_FOUND

    @_every_table
    async def test_pages_give_every_row_once_in_the_order_of_ids(
        self, session: StoreSession[Any], party: Party, add: Add, kind: Kind
    ) -> None:
        """BaseTable.list_after."""
        table = _table(session, kind)
        before = good(await table.list_after(None, limit=100, ray_id=RAY))
        wanted = 1 if kind.row_type is Consent else 5
        added = [await add(kind) for _ in range(wanted)]
        listed: list[Row] = []
        while page := good(
            await table.list_after(listed[-1].id if listed else None, limit=2, ray_id=RAY)
        ):
            assert len(page) <= 2
            listed.extend(page)
        assert listed == sorted([*before, *added], key=lambda row: row.id)

    async def test_a_page_of_nothing_is_an_error(self, session: StoreSession[Any]) -> None:
        """BaseTable.list_after: a limit below 1 would read as the end."""
        with pytest.raises(ValueError, match="limit"):
            await session.clients.list_after(None, limit=0, ray_id=RAY)

    @pytest.mark.parametrize("owner", ["client", "user", "grant"])
    async def test_what_belongs_to_a_row_is_deleted_with_it(
        self, session: StoreSession[Any], party: Party, owner: str
    ) -> None:
        """BaseTable.delete_by_id: I9, no token without its client, user and grant."""
        grant, issued = await issue_tokens(session, party)
        match owner:
            case "client":
                good(await session.clients.delete_by_id(party.client.id, ray_id=RAY))
            case "user":
                good(await session.users.delete_by_id(party.user.id, ray_id=RAY))
            case _:
                good(await session.grants.delete_by_id(grant.id, ray_id=RAY))
        assert issued.refresh_token is not None
        found = [
            await session.grants.get_by_id(grant.id, ray_id=RAY),
            await session.access_tokens.get_by_id(issued.access_token.id, ray_id=RAY),
            await session.refresh_tokens.get_by_id(issued.refresh_token.id, ray_id=RAY),
        ]
        assert {why(result) for result in found} == {ErrorCode.NOT_FOUND}

    async def test_a_token_has_both_user_and_grant_or_neither(
        self, session: StoreSession[Any], party: Party, grant: Any
    ) -> None:
        """AccessToken.grant_id."""
        token = party.access_token(grant)
        for half in (replace(token, user_id=None), replace(token, grant_id=None)):
            result = await session.access_tokens.insert(half, ray_id=RAY)
            assert why(result) is ErrorCode.INSERT_FAILED

    async def test_a_list_with_a_space_in_a_value_is_refused(
        self, session: StoreSession[Any]
    ) -> None:
        """Lists may be kept as one text; a value that would fall apart is not written."""
        odd = client(redirect_uris=("https://app.example/a b",))
        assert why(await session.clients.insert(odd, ray_id=RAY)) is ErrorCode.INSERT_FAILED

    async def test_the_least_and_the_greatest_row_come_back(
        self, session: StoreSession[Any], party: Party
    ) -> None:
        """Empty lists, absent values and values at their bounds survive."""
        bare = client(client_secret=None, redirect_uris=(), grant_types=(), scopes=())
        good(await session.clients.insert(bare, ray_id=RAY))
        config = client_config(bare, max_active_access_tokens=None, jwks={"keys": []}, metadata={})
        good(await session.client_configs.insert(config, ray_id=RAY))
        late = changed(party.user, is_active=False, updated_at=2**53)
        good(await session.users.update(late, ray_id=RAY))
        assert good(await session.clients.get_by_id(bare.id, ray_id=RAY)) == bare
        assert good(await session.client_configs.get_by_id(config.id, ray_id=RAY)) == config
        assert good(await session.users.get_by_id(late.id, ray_id=RAY)) == late

    async def test_a_field_keeps_its_type(self, session: StoreSession[Any], party: Party) -> None:
        """A boolean comes back as a boolean, a tuple as a tuple."""
        row = good(await session.clients.get_by_id(party.client.id, ray_id=RAY))
        types = [type(getattr(row, field.name)) for field in fields(row)]
        assert types == [type(getattr(party.client, field.name)) for field in fields(row)]

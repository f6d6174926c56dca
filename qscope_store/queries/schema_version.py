"""Which version of the schema a database has."""

from pypika import Table
from pypika import functions as fn

from qscope_store.queries._statement import P, Q, statement

_versions = Table("oauth_schema_version")

GET = statement("schema_version.get", Q.from_(_versions).select(fn.Max(_versions.version)))

ADD = statement(
    "schema_version.add",
    Q.into(_versions).columns("version", "applied_at").insert(P("version"), P("applied_at")),
)

-- qscope schema 1
--
-- What happened to whose credentials. Rows are only ever added: triggers refuse to change or remove
-- one (schema/triggers has them for each database). There are no foreign keys, so the log outlives
-- what it records.

CREATE TABLE oauth_audit_log (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    event_type TEXT NOT NULL,
    -- The id of the row the event is about.
    subject TEXT NOT NULL,
    client_id TEXT,
    user_id TEXT,
    -- The trace id of the request that caused it.
    ray_id TEXT NOT NULL,
    metadata TEXT NOT NULL
);

-- qscope schema 1
--
-- Tables and columns are public API: an application may read them. Write them by qscope only.
-- One text serves SQLite and PostgreSQL. Keys are UUIDv7 texts made by the application; times are
-- epoch seconds; booleans are 0 or 1; a list is one text with spaces between its values; `metadata`
-- and `jwks` are JSON. Digest columns hold what the server made of a secret, never the secret.
-- That of a code or token begins with the time it was made, so its index grows at the end.

CREATE TABLE oauth_schema_version (
    version SMALLINT NOT NULL PRIMARY KEY,
    applied_at BIGINT NOT NULL
);

-- Applications that may request tokens (RFC 6749 section 2).
CREATE TABLE oauth_clients (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    -- The OAuth client_id.
    client_identifier TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- A hash; empty for public clients and clients that sign with a key.
    client_secret TEXT,
    client_secret_expires_at BIGINT,
    token_endpoint_auth_method TEXT NOT NULL,
    is_confidential SMALLINT NOT NULL CHECK (is_confidential IN (0, 1)),
    redirect_uris TEXT NOT NULL,
    grant_types TEXT NOT NULL,
    scopes TEXT NOT NULL,
    is_enabled SMALLINT NOT NULL CHECK (is_enabled IN (0, 1))
);

-- How the server treats one client; lifetimes and intervals are seconds.
CREATE TABLE oauth_client_configs (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    client_id TEXT NOT NULL UNIQUE REFERENCES oauth_clients (id) ON DELETE CASCADE,
    response_types TEXT NOT NULL,
    require_pkce SMALLINT NOT NULL CHECK (require_pkce IN (0, 1)),
    pkce_methods TEXT NOT NULL,
    access_token_ttl BIGINT NOT NULL CHECK (access_token_ttl > 0),
    refresh_token_ttl BIGINT NOT NULL CHECK (refresh_token_ttl > 0),
    authorization_code_ttl BIGINT NOT NULL CHECK (authorization_code_ttl > 0),
    device_code_ttl BIGINT NOT NULL CHECK (device_code_ttl > 0),
    device_poll_interval BIGINT NOT NULL CHECK (device_poll_interval > 0),
    -- Empty: no limit.
    max_active_access_tokens BIGINT CHECK (max_active_access_tokens > 0),
    max_active_refresh_tokens BIGINT CHECK (max_active_refresh_tokens > 0),
    may_introspect_all SMALLINT NOT NULL CHECK (may_introspect_all IN (0, 1)),
    resources TEXT NOT NULL,
    jwks TEXT,
    metadata TEXT NOT NULL
);

-- References to the users of the application.
CREATE TABLE oauth_users (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    -- The application's key of the user.
    external_id TEXT NOT NULL UNIQUE,
    is_active SMALLINT NOT NULL CHECK (is_active IN (0, 1))
);

-- Authorizations. Their codes and tokens carry the id; revoked_at invalidates all of them.
CREATE TABLE oauth_grants (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    client_id TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES oauth_users (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    resource TEXT NOT NULL,
    revoked_at BIGINT,
    -- What comes from a grant refers to all three, so it can have no other client or user.
    UNIQUE (id, client_id, user_id)
);
CREATE INDEX oauth_grants_client_user ON oauth_grants (client_id, user_id);
CREATE INDEX oauth_grants_user ON oauth_grants (user_id, created_at, id);

-- Authorization codes (RFC 6749 section 4.1.2). A spent one stays as the evidence of a replay.
CREATE TABLE oauth_authorization_codes (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    -- A digest.
    code TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    -- The text of the authorization request; empty if it had none.
    redirect_uri TEXT,
    scopes TEXT NOT NULL,
    resource TEXT NOT NULL,
    code_challenge TEXT,
    code_challenge_method TEXT,
    expires_at BIGINT NOT NULL,
    consumed_at BIGINT,
    FOREIGN KEY (grant_id, client_id, user_id)
        REFERENCES oauth_grants (id, client_id, user_id) ON DELETE CASCADE
);
CREATE INDEX oauth_authorization_codes_grant ON oauth_authorization_codes (grant_id);
CREATE INDEX oauth_authorization_codes_expiry ON oauth_authorization_codes (expires_at)
    WHERE consumed_at IS NULL;

-- Refresh tokens (RFC 6749 section 1.5). A rotated one stays as the evidence of a reuse.
CREATE TABLE oauth_refresh_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    -- A digest.
    token TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    resource TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    rotated_at BIGINT,
    predecessor_id TEXT REFERENCES oauth_refresh_tokens (id) ON DELETE SET NULL,
    FOREIGN KEY (grant_id, client_id, user_id)
        REFERENCES oauth_grants (id, client_id, user_id) ON DELETE CASCADE
);
CREATE INDEX oauth_refresh_tokens_grant ON oauth_refresh_tokens (grant_id);
CREATE INDEX oauth_refresh_tokens_predecessor ON oauth_refresh_tokens (predecessor_id)
    WHERE predecessor_id IS NOT NULL;
-- Holds all that the limit of live tokens needs.
CREATE INDEX oauth_refresh_tokens_live
    ON oauth_refresh_tokens (client_id, user_id, created_at, id, expires_at)
    WHERE revoked_at IS NULL AND rotated_at IS NULL;
CREATE INDEX oauth_refresh_tokens_expiry ON oauth_refresh_tokens (expires_at)
    WHERE rotated_at IS NULL;

-- Access tokens (RFC 6749 section 1.4).
CREATE TABLE oauth_access_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    -- A digest.
    token TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    -- Both empty for a token of the client itself (RFC 6749 section 4.4).
    user_id TEXT,
    grant_id TEXT,
    -- The refresh token it was issued with.
    refresh_token_id TEXT REFERENCES oauth_refresh_tokens (id) ON DELETE SET NULL,
    scopes TEXT NOT NULL,
    resource TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    FOREIGN KEY (grant_id, client_id, user_id)
        REFERENCES oauth_grants (id, client_id, user_id) ON DELETE CASCADE,
    CHECK ((user_id IS NULL) = (grant_id IS NULL))
);
CREATE INDEX oauth_access_tokens_client ON oauth_access_tokens (client_id);
-- Holds all that the limit of live tokens needs, and skips revoked ones.
CREATE INDEX oauth_access_tokens_grant
    ON oauth_access_tokens (grant_id, revoked_at, created_at, id, expires_at)
    WHERE grant_id IS NOT NULL;
CREATE INDEX oauth_access_tokens_refresh_token ON oauth_access_tokens (refresh_token_id)
    WHERE refresh_token_id IS NOT NULL;
CREATE INDEX oauth_access_tokens_expiry ON oauth_access_tokens (expires_at);

-- Device authorizations (RFC 8628).
CREATE TABLE oauth_device_codes (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    -- A digest.
    device_code TEXT NOT NULL UNIQUE,
    -- A keyed digest.
    user_code TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    -- The user who opened the confirmation first; grant_id is set by an approval.
    user_id TEXT REFERENCES oauth_users (id) ON DELETE CASCADE,
    grant_id TEXT,
    scopes TEXT NOT NULL,
    resource TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    interval BIGINT NOT NULL CHECK (interval > 0),
    last_polled_at BIGINT,
    state TEXT NOT NULL
        CHECK (state IN ('pending', 'approved', 'denied', 'consumed', 'expired')),
    FOREIGN KEY (grant_id, client_id, user_id)
        REFERENCES oauth_grants (id, client_id, user_id) ON DELETE CASCADE
);
CREATE INDEX oauth_device_codes_client ON oauth_device_codes (client_id);
CREATE INDEX oauth_device_codes_user ON oauth_device_codes (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX oauth_device_codes_grant ON oauth_device_codes (grant_id)
    WHERE grant_id IS NOT NULL;
CREATE INDEX oauth_device_codes_expiry ON oauth_device_codes (expires_at);

-- What a user last agreed to for a client.
CREATE TABLE oauth_consents (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    client_id TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES oauth_users (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    UNIQUE (client_id, user_id)
);
CREATE INDEX oauth_consents_user ON oauth_consents (user_id);

-- Counters of what must not happen too often, such as guesses; one row for each key.
CREATE TABLE oauth_rate_limits (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    -- A keyed digest of what is limited; no address is kept.
    key TEXT NOT NULL UNIQUE,
    hits BIGINT NOT NULL CHECK (hits >= 0),
    -- The end of the window.
    expires_at BIGINT NOT NULL
);
CREATE INDEX oauth_rate_limits_expiry ON oauth_rate_limits (expires_at);

-- Signed proofs that were used, such as assertions (RFC 7523 section 3), until they expire.
CREATE TABLE oauth_used_proofs (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    -- A digest of the kind, the issuer or key, and the jti.
    proof TEXT NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX oauth_used_proofs_expiry ON oauth_used_proofs (expires_at);

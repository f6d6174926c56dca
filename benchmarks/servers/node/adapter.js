// One table, as in the adapter template of oidc-provider, with the durability of all servers here.
// Each statement is its own transaction, as oidc-provider uses it.
import { DatabaseSync } from "node:sqlite";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS oidc (
    model TEXT NOT NULL,
    id TEXT NOT NULL,
    payload TEXT NOT NULL,
    grant_id TEXT,
    user_code TEXT,
    uid TEXT,
    expires_at INTEGER,
    PRIMARY KEY (model, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS oidc_grant ON oidc (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS oidc_user_code ON oidc (user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX IF NOT EXISTS oidc_uid ON oidc (uid) WHERE uid IS NOT NULL;
`;

export function openDatabase(path) {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000");
  database.exec(SCHEMA);
  return database;
}

export function adapterFor(database) {
  const upsert = database.prepare(
    "INSERT OR REPLACE INTO oidc (model, id, payload, grant_id, user_code, uid, expires_at)" +
      " VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const find = (column) =>
    database.prepare(`SELECT payload, expires_at FROM oidc WHERE model = ? AND ${column} = ?`);
  const [byId, byUserCode, byUid] = ["id", "user_code", "uid"].map(find);
  const consume = database.prepare(
    "UPDATE oidc SET payload = json_set(payload, '$.consumed', ?) WHERE model = ? AND id = ?",
  );
  const destroy = database.prepare("DELETE FROM oidc WHERE model = ? AND id = ?");
  const revoke = database.prepare("DELETE FROM oidc WHERE grant_id = ?");
  const now = () => Math.floor(Date.now() / 1000);

  return class SQLiteAdapter {
    constructor(model) {
      this.model = model;
    }

    async upsert(id, payload, expiresIn) {
      upsert.run(
        this.model,
        id,
        JSON.stringify(payload),
        payload.grantId ?? null,
        payload.userCode ?? null,
        payload.uid ?? null,
        expiresIn ? now() + expiresIn : null,
      );
    }

    async find(id) {
      return this.#read(byId, id);
    }

    async findByUserCode(userCode) {
      return this.#read(byUserCode, userCode);
    }

    async findByUid(uid) {
      return this.#read(byUid, uid);
    }

    async consume(id) {
      consume.run(now(), this.model, id);
    }

    async destroy(id) {
      destroy.run(this.model, id);
    }

    async revokeByGrantId(grantId) {
      revoke.run(grantId);
    }

    #read(statement, key) {
      const row = statement.get(this.model, key);
      if (!row || (row.expires_at !== null && row.expires_at <= now())) return undefined;
      return JSON.parse(row.payload);
    }
  };
}

// node-oidc-provider as an OAuth 2 server: `node server.js seed` prepares what the workloads need,
// `node server.js serve PORT` serves it. The database and the seeds are in BENCH_DIRECTORY.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import Provider from "oidc-provider";
import { adapterFor, openDatabase } from "./adapter.js";

const ISSUER = "http://127.0.0.1:8000";
const DAY_S = 86400;
const directory = process.env.BENCH_DIRECTORY;
const client = {
  client_id: "bench",
  client_secret: process.env.BENCH_CLIENT_SECRET,
  redirect_uris: [process.env.BENCH_REDIRECT_URI],
  grant_types: ["authorization_code", "refresh_token", "client_credentials"],
  response_types: ["code"],
  token_endpoint_auth_method: "client_secret_basic",
  scope: "profile",
};

function makeProvider(database) {
  const provider = new Provider(ISSUER, {
    adapter: adapterFor(database),
    clients: [client],
    scopes: ["profile"],
    cookies: { keys: ["a key for benchmarks"] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
    },
    findAccount: async (_, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: DAY_S,
      AuthorizationCode: DAY_S,
      ClientCredentials: DAY_S,
      Grant: DAY_S,
      RefreshToken: DAY_S,
    },
  });
  provider.on("server_error", (_, error) => console.error(error));
  return provider;
}

async function fields(provider, registered) {
  const grant = new provider.Grant({ accountId: "alice", clientId: registered.clientId });
  grant.addOIDCScope("profile");
  return {
    accountId: "alice",
    client: registered,
    grantId: await grant.save(),
    gty: "authorization_code",
    scope: "profile",
  };
}

async function seed(provider, database) {
  const registered = await provider.Client.find(client.client_id);
  const codes = [];
  const refreshTokens = [];
  database.exec("BEGIN");
  for (let i = 0; i < Number(process.env.BENCH_CODES); i += 1) {
    const code = new provider.AuthorizationCode({
      ...(await fields(provider, registered)),
      codeChallenge: process.env.BENCH_CHALLENGE,
      codeChallengeMethod: "S256",
      redirectUri: client.redirect_uris[0],
    });
    codes.push(await code.save());
  }
  for (let i = 0; i < Number(process.env.BENCH_CHAINS); i += 1) {
    const token = new provider.RefreshToken({
      ...(await fields(provider, registered)),
      iiat: Math.floor(Date.now() / 1000),
      rotations: 0,
    });
    refreshTokens.push(await token.save());
  }
  const access = new provider.ClientCredentials({ client: registered, scope: "profile" });
  const accessToken = await access.save();
  database.exec("COMMIT");
  const credentials = [client.client_id, client.client_secret];
  const seeds = {
    machine: credentials,
    web: credentials,
    access_token: accessToken,
    refresh_tokens: refreshTokens,
    codes,
  };
  writeFileSync(join(directory, "seeds.json"), JSON.stringify(seeds));
}

const database = openDatabase(join(directory, "bench.db"));
const provider = makeProvider(database);
if (process.argv[2] === "seed") {
  await seed(provider, database);
  database.close();
} else {
  provider.listen(Number(process.argv[3]), "127.0.0.1");
}

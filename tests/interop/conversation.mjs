// The conversation of a client script with its test: one JSON value per line, in and out.
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export async function hear() {
  const { value, done } = await lines.next();
  if (done) throw new Error("The test has nothing more to say.");
  return JSON.parse(value);
}

export function say(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

// The browser belongs to the test, which receives a URL and responds with the final one.
export async function browse(url) {
  say({ browse: String(url) });
  return new URL((await hear()).returned_to);
}

// The `error` of a refused request (RFC 6749 section 5.2).
export async function refusal(request) {
  try {
    await request;
  } catch (error) {
    if (error.error ?? error.data?.payload?.error) return error.error ?? error.data.payload.error;
    throw error;
  }
  return "none";
}

// A private key for `private_key_jwt`, from its JWK.
export async function readKey(jwk) {
  const algorithm = { name: "ECDSA", namedCurve: jwk.crv };
  return { key: await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]), kid: jwk.kid };
}

// A client assertion signed with jose.
import { importJWK, SignJWT } from "jose";

import { hear, say } from "./conversation.mjs";

const { alg, audience, client_id, key } = await hear();
const assertion = await new SignJWT()
  .setProtectedHeader({ alg })
  .setIssuer(client_id)
  .setSubject(client_id)
  .setAudience(audience)
  .setJti(crypto.randomUUID())
  .setIssuedAt()
  .setExpirationTime("1m")
  .sign(await importJWK(key, alg));
say({ assertion });
process.exit(0);

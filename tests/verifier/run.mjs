// Reads cases from a JSON file, asks verifier/verify.js, prints what it says of each: "holds" or the code of the refusal.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const found = createRequire(import.meta.url)("../../verifier/verify.js");
const v = globalThis.zhulianVerify ?? found;
const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const words = (text) => Buffer.from(text, "base64").toString("utf8");
const keys = (texts) => (texts ?? []).map((each) => v.readKey(each));

const ASK = {
  ed25519: ({ key, message, signature }) => {
    if (!v.ed25519Holds(bytes(key), bytes(message), bytes(signature))) throw new v.Refused("signature", "");
  },
  digest: ({ suite, data, digest }) => {
    if (v.hex(v[suite](bytes(data))) !== digest) throw new v.Refused("digest", "");
  },
  checkpoint: ({ note, key, witnesses }) => v.checkCheckpoint(words(note), v.readKey(key), keys(witnesses)),
  inclusion: (c) => v.checkInclusion(c.index, c.size, bytes(c.leaf), c.hashes.map(bytes), bytes(c.root)),
  consistency: (c) => v.checkConsistency(c.first, c.second, bytes(c.old), bytes(c.latest), c.hashes.map(bytes)),
  proof: ({ leaf, proof, key }) => v.checkProof(bytes(leaf), words(proof), v.readKey(key)),
  growth: ({ old, latest, proof, key }) => v.checkGrowth(words(old), words(latest), words(proof), v.readKey(key)),
  bundle: async ({ zip, key, witnesses }) =>
    v.checkBundle(await v.readBundle(bytes(zip)), key ? v.readKey(key) : null, keys(witnesses)),
};

const out = [];
for (const each of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  try {
    await ASK[each.ask](each);
    out.push("holds");
  } catch (error) {
    out.push(error instanceof v.Refused ? error.code : String(error.stack));
  }
}
process.stdout.write(JSON.stringify(out));

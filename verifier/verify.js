/* Check what a Zhulian ledger (筑联留痕账本) says: one file, no dependencies, in a browser or under node.

   The same checks, codes and refusals as zhulian_verify.py, written apart from it and from the platform's own code.
   Nothing is sent anywhere. Hashes are computed here, because a page without TLS has no WebCrypto.

   Functions throw Refused (with `code`, `message`, `unreadable`) or return what they found. Formats: RFC 6962 and
   RFC 9162 (tree), RFC 8032 (Ed25519), C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof. */
"use strict";

(function (root) {
  const LARGEST_NOTE = 1 << 20;
  const LARGEST_FILE = 64 << 20;
  const LARGEST_BUNDLE = 512 << 20;
  const MOST_FILES = 20000;
  const MOST_HASHES = 63;

  class Refused extends Error {
    constructor(code, text, unreadable = false) {
      super(text);
      this.code = code;
      this.unreadable = unreadable;
    }
  }

  // --- bytes ---

  const encoder = new TextEncoder();

  function utf8(bytes, code) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new Refused(code, "no text");
    }
  }

  function hex(bytes) {
    return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  }

  function unhex(text) {
    if (typeof text !== "string" || text.length % 2 || /[^0-9a-fA-F]/.test(text)) return null;
    return Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
  }

  function same(a, b) {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
  }

  function joined(...parts) {
    const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  function unbase64(text) {
    const bad = () => new Refused("note.base64", "not base64 in its canonical spelling: " + text.slice(0, 60));
    if (text.length % 4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw bad();
    let raw;
    try {
      raw = atob(text);
    } catch {
      throw bad();
    }
    if (btoa(raw) !== text) throw bad();
    return Uint8Array.from(raw, (c) => c.charCodeAt(0));
  }

  function number(text, code) {
    if (!/^(0|[1-9][0-9]{0,17})$/.test(text) || !Number.isSafeInteger(Number(text))) {
      throw new Refused(code, "not a number: " + text.slice(0, 60));
    }
    return Number(text);
  }

  // --- hashes: FIPS 180-4, whose constants are roots of primes; GB/T 32905 ---

  function rootOf(n, power) {
    let low = 0n;
    let high = 1n << 80n;
    while (high - low > 1n) {
      const middle = (low + high) >> 1n;
      if (middle ** power <= n) low = middle;
      else high = middle;
    }
    return low;
  }

  const PRIMES = [];
  for (let n = 2; PRIMES.length < 80; n++) if (PRIMES.every((p) => n % p)) PRIMES.push(n);
  const LOW64 = (1n << 64n) - 1n;
  const K512 = PRIMES.map((p) => rootOf(BigInt(p) << 192n, 3n) & LOW64);
  const H512 = PRIMES.slice(0, 8).map((p) => rootOf(BigInt(p) << 128n, 2n) & LOW64);
  const K256 = Uint32Array.from(K512.slice(0, 64), (k) => Number(k >> 32n));
  const H256 = Uint32Array.from(H512, (h) => Number(h >> 32n));

  function padded(data, block, lengthBytes) {
    const size = Math.ceil((data.length + 1 + lengthBytes) / block) * block;
    const out = new Uint8Array(size);
    out.set(data);
    out[data.length] = 0x80;
    new DataView(out.buffer).setBigUint64(size - 8, BigInt(data.length) * 8n);
    return out;
  }

  function sha256(data) {
    const raw = padded(data, 64, 8);
    const view = new DataView(raw.buffer);
    const state = Uint32Array.from(H256);
    const w = new Uint32Array(64);
    const turn = (x, n) => (x >>> n) | (x << (32 - n));
    for (let at = 0; at < raw.length; at += 64) {
      for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
      for (let i = 16; i < 64; i++) {
        const a = w[i - 15];
        const b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let i = 0; i < 64; i++) {
        const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K256[i] + w[i]) | 0;
        const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
      }
      [a, b, c, d, e, f, g, h].forEach((x, i) => (state[i] += x));
    }
    return words(state);
  }

  function words(state) {
    const out = new Uint8Array(32);
    state.forEach((x, i) => new DataView(out.buffer).setUint32(4 * i, x));
    return out;
  }

  function sha512(data) {
    const raw = padded(data, 128, 16);
    const view = new DataView(raw.buffer);
    let state = H512.slice();
    const turn = (x, n) => ((x >> n) | (x << (64n - n))) & LOW64;
    for (let at = 0; at < raw.length; at += 128) {
      const w = Array.from({ length: 16 }, (_, i) => view.getBigUint64(at + 8 * i));
      for (let i = 16; i < 80; i++) {
        const a = w[i - 15];
        const b = w[i - 2];
        w.push((w[i - 16] + w[i - 7] + (turn(a, 1n) ^ turn(a, 8n) ^ (a >> 7n)) + (turn(b, 19n) ^ turn(b, 61n) ^ (b >> 6n))) & LOW64);
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let i = 0; i < 80; i++) {
        const t1 = h + (turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)) + ((e & f) ^ (~e & LOW64 & g)) + K512[i] + w[i];
        const t2 = (turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & LOW64, c, b, a, (t1 + t2) & LOW64];
      }
      state = [a, b, c, d, e, f, g, h].map((x, i) => (x + state[i]) & LOW64);
    }
    const out = new Uint8Array(64);
    state.forEach((x, i) => new DataView(out.buffer).setBigUint64(8 * i, x));
    return out;
  }

  function sm3(data) {
    const raw = padded(data, 64, 8);
    const view = new DataView(raw.buffer);
    const state = Uint32Array.of(0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e);
    const turn = (x, n) => (n % 32 ? (x << n % 32) | (x >>> (32 - (n % 32))) : x);
    const w = new Uint32Array(68);
    for (let at = 0; at < raw.length; at += 64) {
      for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
      for (let i = 16; i < 68; i++) {
        const x = w[i - 16] ^ w[i - 9] ^ turn(w[i - 3], 15);
        w[i] = x ^ turn(x, 15) ^ turn(x, 23) ^ turn(w[i - 13], 7) ^ w[i - 6];
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let i = 0; i < 64; i++) {
        const s1 = turn((turn(a, 12) + e + turn(i < 16 ? 0x79cc4519 : 0x7a879d8a, i)) | 0, 7);
        const ff = i < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
        const gg = i < 16 ? e ^ f ^ g : (e & f) | (~e & g);
        const t1 = (ff + d + (s1 ^ turn(a, 12)) + (w[i] ^ w[i + 4])) | 0;
        const t2 = (gg + h + s1 + w[i]) | 0;
        [a, b, c, d, e, f, g, h] = [t1, a, turn(b, 9), c, t2 ^ turn(t2, 9) ^ turn(t2, 17), e, turn(f, 19), g];
      }
      [a, b, c, d, e, f, g, h].forEach((x, i) => (state[i] ^= x));
    }
    return words(state);
  }

  // --- Ed25519 (RFC 8032, section 5.1.7), strict ---

  const P = 2n ** 255n - 19n;
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const mod = (x) => ((x % P) + P) % P;

  function power(base, exponent) {
    let out = 1n;
    for (let b = mod(base); exponent; exponent >>= 1n, b = (b * b) % P) if (exponent & 1n) out = (out * b) % P;
    return out;
  }

  const inverse = (x) => power(x, P - 2n);
  const D = mod(-121665n * inverse(121666n));
  const SQRT_M1 = power(2n, (P - 1n) / 4n);

  function recoverX(y, sign) {
    if (y >= P) return null;
    const x2 = mod((y * y - 1n) * inverse(D * y * y + 1n));
    if (x2 === 0n) return sign ? null : 0n;
    let x = power(x2, (P + 3n) / 8n);
    if (mod(x * x - x2)) x = (x * SQRT_M1) % P;
    if (mod(x * x - x2)) return null;
    return (x & 1n) !== sign ? P - x : x;
  }

  function little(bytes) {
    return bytes.reduceRight((n, b) => (n << 8n) | BigInt(b), 0n);
  }

  function point(bytes) {
    const value = little(bytes);
    const y = value & ((1n << 255n) - 1n);
    const x = recoverX(y, value >> 255n);
    return x === null ? null : [x, y, 1n, mod(x * y)];
  }

  function add(p, q) {
    const a = mod((p[1] - p[0]) * (q[1] - q[0]));
    const b = mod((p[1] + p[0]) * (q[1] + q[0]));
    const c = mod(2n * p[3] * q[3] * D);
    const d = mod(2n * p[2] * q[2]);
    const [e, f, g, h] = [b - a, d - c, d + c, b + a];
    return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
  }

  function times(scalar, p) {
    let out = [0n, 1n, 1n, 0n];
    for (; scalar; scalar >>= 1n, p = add(p, p)) if (scalar & 1n) out = add(out, p);
    return out;
  }

  const alike = (p, q) => !mod(p[0] * q[2] - q[0] * p[2]) && !mod(p[1] * q[2] - q[1] * p[2]);
  const BASE_Y = mod(4n * inverse(5n));
  const BASE_X = recoverX(BASE_Y, 0n);
  const BASE = [BASE_X, BASE_Y, 1n, mod(BASE_X * BASE_Y)];
  const NEUTRAL = [0n, 1n, 1n, 0n];

  function ed25519Holds(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    const a = point(publicKey);
    const r = point(signature.subarray(0, 32));
    const s = little(signature.subarray(32));
    if (!a || !r || s >= L || alike(times(8n, a), NEUTRAL)) return false;
    const h = little(sha512(joined(signature.subarray(0, 32), publicKey, message))) % L;
    return alike(times(s, BASE), add(r, times(h, a)));
  }

  // --- notes ---

  function readKey(text) {
    const parts = text.trim().split("+");
    const [name, told] = parts;
    const raw = unbase64(parts.slice(2).join("+"));
    if (!name || /\s/.test(name) || raw.length !== 33 || ![1, 4].includes(raw[0])) {
      throw new Refused("note.key", "not an Ed25519 verifier key: " + text.slice(0, 60));
    }
    const id = hex(sha256(joined(encoder.encode(name + "\n"), raw)).subarray(0, 4));
    if (id !== told) throw new Refused("note.key", "the key's number is " + id + ", not " + String(told).slice(0, 20));
    return { name, id, witness: raw[0] === 4, publicKey: raw.subarray(1) };
  }

  function readNote(text) {
    const gap = text.lastIndexOf("\n\n");
    if (gap < 0 || gap + 2 === text.length || text.length > LARGEST_NOTE || !text.endsWith("\n") || text.includes("\r")) {
      throw new Refused("note.form", "not a text, an empty line and signature lines");
    }
    const signatures = text.slice(gap + 2, -1).split("\n").map((line) => {
      const [, name, value] = /^\u2014 ([^ ]*) ([^]*)$/.exec(line) || [];
      if (!name || name.includes("+")) throw new Refused("note.form", "not a signature line: " + line.slice(0, 60));
      const raw = unbase64(value);
      if (raw.length <= 4) throw new Refused("note.form", "a signature without bytes");
      return { name, id: hex(raw.subarray(0, 4)), raw: raw.subarray(4) };
    });
    return { text: text.slice(0, gap + 1), signatures };
  }

  function checkSigned(note, key) {
    const mine = note.signatures.filter((each) => each.name === key.name && each.id === key.id);
    if (!mine.length) throw new Refused("note.unsigned", "not signed by " + key.name + " (" + key.id + ")");
    if (mine.length > 1 || mine[0].raw.length !== (key.witness ? 72 : 64)) {
      throw new Refused("note.signature", "the signature of " + key.name + " has not the form of one");
    }
    const { raw } = mine[0];
    const at = key.witness ? new DataView(raw.buffer, raw.byteOffset, 8).getBigUint64(0) : null;
    const message = key.witness ? "cosignature/v1\ntime " + at + "\n" + note.text : note.text;
    if (!ed25519Holds(key.publicKey, encoder.encode(message), raw.subarray(raw.length - 64))) {
      throw new Refused("note.signature", "the signature of " + key.name + " is not of this text");
    }
    return at === null ? null : Number(at);
  }

  function checkCheckpoint(text, key, witnesses = []) {
    const note = readNote(text);
    checkSigned(note, key);
    const lines = note.text.split("\n");
    if (lines.length < 4 || !lines[0]) {
      throw new Refused("checkpoint.form", "not an origin, a size and a root, each on its line");
    }
    const size = number(lines[1], "checkpoint.form");
    const rootHash = unbase64(lines[2]);
    if (rootHash.length !== 32) throw new Refused("checkpoint.form", "a root is 32 bytes long");
    if (lines[0] !== key.name) {
      throw new Refused("checkpoint.origin", "signed by " + key.name + ", and told of " + lines[0].slice(0, 60));
    }
    const times_ = Object.fromEntries(witnesses.map((witness) => [witness.name, checkSigned(note, witness)]));
    return { origin: lines[0], size, root: rootHash, witnesses: times_ };
  }

  // --- tree ---

  const suiteOf = (origin) => (origin.endsWith("/sm3") ? sm3 : sha256);
  const LEAF = Uint8Array.of(0);
  const NODE = Uint8Array.of(1);

  function checkLengths(hashes) {
    if (hashes.some((each) => each.length !== 32)) throw new Refused("proof.length", "a hash is 32 bytes long");
  }

  function climb(place, last, hashes, step) {
    const half = (n) => Math.floor(n / 2); // sizes may exceed 32 bits, which >> would cut off
    for (const sibling of hashes) {
      if (last === 0) throw new Refused("proof.surplus", "the proof has more hashes than the path");
      const atLeft = place % 2 === 1 || place === last;
      step(sibling, atLeft);
      while (atLeft && place && place % 2 === 0) [place, last] = [half(place), half(last)];
      [place, last] = [half(place), half(last)];
    }
    if (last) throw new Refused("proof.short", "the proof has fewer hashes than the path");
  }

  function checkInclusion(index, size, leaf, hashes, rootHash, hash = sha256) {
    if (!(index >= 0 && index < size)) throw new Refused("proof.index", "there is no leaf " + index + " in a tree of " + size);
    checkLengths(hashes);
    let found = hash(joined(LEAF, leaf));
    climb(index, size - 1, hashes, (sibling, atLeft) => {
      found = hash(atLeft ? joined(NODE, sibling, found) : joined(NODE, found, sibling));
    });
    if (!same(found, rootHash)) {
      throw new Refused("proof.refuted", "the proof leads to another root: this leaf is not in that tree");
    }
  }

  function checkConsistency(first, second, oldRoot, newRoot, hashes, hash = sha256) {
    if (!(first > 0 && first <= second)) {
      throw new Refused("proof.sizes", "a tree of " + second + " leaves is never shown to continue one of " + first);
    }
    checkLengths(hashes);
    if (first === second) {
      if (hashes.length) throw new Refused("proof.surplus", "two trees of one size need no proof");
      if (!same(oldRoot, newRoot)) throw new Refused("proof.refuted", "two roots of one size: the ledger was forked");
      return;
    }
    const perfect = Number.isInteger(Math.log2(first)) && 2 ** Math.round(Math.log2(first)) === first;
    const path = perfect ? [oldRoot, ...hashes] : hashes;
    if (!path.length) throw new Refused("proof.short", "the proof has no hashes");
    let [place, last] = [first - 1, second - 1];
    while (place % 2) [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
    let foundOld = path[0];
    let foundNew = path[0];
    climb(place, last, path.slice(1), (sibling, atLeft) => {
      if (atLeft) foundOld = hash(joined(NODE, sibling, foundOld));
      foundNew = hash(atLeft ? joined(NODE, sibling, foundNew) : joined(NODE, foundNew, sibling));
    });
    if (!same(foundOld, oldRoot) || !same(foundNew, newRoot)) {
      throw new Refused("proof.refuted", "the later ledger does not begin with the earlier one");
    }
  }

  function checkProof(leaf, text, key) {
    const gap = text.indexOf("\n\n");
    const lines = (gap < 0 ? text : text.slice(0, gap)).split("\n");
    if (lines.length > 1 && lines[1].startsWith("extra ")) unbase64(lines.splice(1, 1)[0].slice(6));
    if (gap < 0 || lines[0] !== "c2sp.org/tlog-proof@v1" || lines.length < 2 || !lines[1].startsWith("index ")) {
      throw new Refused("proof.form", "not a proof of the form c2sp.org/tlog-proof@v1");
    }
    const index = number(lines[1].slice(6), "proof.form");
    const hashes = lines.slice(2).map(unbase64);
    if (hashes.length > MOST_HASHES) throw new Refused("proof.surplus", "more hashes than any tree is high");
    const checkpoint = checkCheckpoint(text.slice(gap + 2), key);
    checkInclusion(index, checkpoint.size, leaf, hashes, checkpoint.root, suiteOf(checkpoint.origin));
    return { index, size: checkpoint.size };
  }

  function checkGrowth(oldText, newText, proof, key) {
    const old = checkCheckpoint(oldText, key);
    const latest = checkCheckpoint(newText, key);
    const told = readJson(proof, "proof.form");
    if (!isTable(told) || told.format !== "zhulian-consistency/1") {
      throw new Refused("proof.form", "not of the form zhulian-consistency/1");
    }
    const { hashes } = told;
    if (told.first !== old.size || told.second !== latest.size || !Array.isArray(hashes)) {
      throw new Refused("proof.form", "the proof is of other sizes than the checkpoints");
    }
    if (hashes.length > 2 * MOST_HASHES || hashes.some((each) => typeof each !== "string")) {
      throw new Refused("proof.form", "hashes are texts in base64, and few");
    }
    checkConsistency(old.size, latest.size, old.root, latest.root, hashes.map(unbase64), suiteOf(old.origin));
    return { first: old.size, second: latest.size };
  }

  // --- JSON, in which a key written twice is refused, since readers would differ over it ---

  const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

  function readJson(text, code) {
    let value;
    try {
      value = JSON.parse(text);
    } catch {
      throw new Refused(code, "not JSON", true);
    }
    if (twice(text)) throw new Refused(code, "a key is written twice");
    return value;
  }

  function twice(text) {
    const open = [];
    const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;
    let last = null;
    for (let match; (match = tokens.exec(text)); ) {
      const token = match[0];
      if (token === "{") open.push(new Set());
      else if (token === "[") open.push(null);
      else if (token === "}" || token === "]") open.pop();
      else if (token === ":") {
        const keys = open[open.length - 1];
        const key = JSON.parse(last);
        if (keys.has(key)) return true;
        keys.add(key);
      }
      last = token;
    }
    return false;
  }

  // --- evidence bundle ---

  async function readBundle(bytes) {
    const broken = (why) => new Refused("bundle.form", "not a zip file: " + why, true);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let end = bytes.length - 22;
    while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
    if (end < 0) throw broken("no directory");
    const count = view.getUint16(end + 10, true);
    let at = view.getUint32(end + 16, true);
    const entries = [];
    try {
      for (let n = 0; n < count; n++) {
        if (view.getUint32(at, true) !== 0x02014b50) throw broken("the directory is damaged");
        const [method, packed, size] = [view.getUint16(at + 10, true), view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
        const [name, extra, comment] = [28, 30, 32].map((place) => view.getUint16(at + place, true));
        const start = view.getUint32(at + 42, true);
        entries.push({ name: utf8(bytes.subarray(at + 46, at + 46 + name), "bundle.form"), method, packed, size, start });
        at += 46 + name + extra + comment;
      }
    } catch (error) {
      throw error instanceof Refused ? error : broken("the directory is cut off");
    }
    const names = new Set(entries.map((entry) => entry.name));
    if (entries.length > MOST_FILES || names.size !== entries.length) throw new Refused("bundle.form", "too many files, or one twice");
    if (entries.reduce((n, entry) => n + entry.size, 0) > LARGEST_BUNDLE) {
      throw new Refused("bundle.size", "unpacked it would be larger than any bundle");
    }
    const files = new Map();
    for (const entry of entries) {
      if (entry.name.includes("\\") || entry.name.split("/").some((part) => ["", ".", ".."].includes(part))) {
        throw new Refused("bundle.form", "not a file's name: " + entry.name.slice(0, 60));
      }
      if (entry.size > LARGEST_FILE) throw new Refused("bundle.size", "too large: " + entry.name);
      files.set(entry.name, await unpacked(bytes, view, entry, broken));
    }
    return files;
  }

  async function unpacked(bytes, view, entry, broken) {
    if (entry.start + 30 > bytes.length || view.getUint32(entry.start, true) !== 0x04034b50) throw broken(entry.name);
    const from = entry.start + 30 + view.getUint16(entry.start + 26, true) + view.getUint16(entry.start + 28, true);
    const packed = bytes.subarray(from, from + entry.packed);
    if (packed.length !== entry.packed) throw broken(entry.name + " is cut off");
    if (entry.method === 0) {
      if (entry.size !== entry.packed) throw new Refused("bundle.size", "longer than told: " + entry.name);
      return packed;
    }
    if (entry.method !== 8 || typeof DecompressionStream === "undefined") throw broken("packed in a way not known here");
    const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    const out = new Uint8Array(entry.size);
    let length = 0;
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw broken(entry.name + " is damaged");
      });
      if (done) break;
      if (length + value.length > entry.size) throw new Refused("bundle.size", "longer than told: " + entry.name);
      out.set(value, length);
      length += value.length;
    }
    if (length !== entry.size) throw new Refused("bundle.size", "shorter than told: " + entry.name);
    return out;
  }

  function checkBundle(files, key = null, witnesses = []) {
    const file = (name) => {
      if (!files.has(name)) throw new Refused("bundle.missing", "the file " + name.slice(0, 60) + " is missing");
      return files.get(name);
    };
    const text = (name) => utf8(file(name), "bundle.form");
    const named = (row, field) => {
      if (!isTable(row) || typeof row[field] !== "string") throw new Refused("bundle.form", field + " is not named");
      return row[field];
    };
    const rows = (table, field) => {
      if (!Array.isArray(table[field]) || !table[field].every(isTable)) throw new Refused("bundle.form", field + " is not a list");
      return table[field];
    };
    const listing = readJson(text("bundle.json"), "bundle.form");
    if (!isTable(listing) || listing.format !== "zhulian-evidence/1") {
      throw new Refused("bundle.form", "not of the form zhulian-evidence/1");
    }
    if (!isTable(listing.files)) throw new Refused("bundle.form", "files is not a table");
    for (const name of [...files.keys()].sort()) {
      if (name !== "bundle.json" && !Object.hasOwn(listing.files, name)) {
        throw new Refused("bundle.surplus", "the file " + name.slice(0, 60) + " is not listed");
      }
    }
    for (const [name, digest] of Object.entries(listing.files)) {
      if (hex(sha256(file(name))) !== digest) {
        throw new Refused("bundle.digest", "the file " + name.slice(0, 60) + " is not the one that is listed");
      }
    }
    const used = key || readKey(text(named(listing, "key")));
    const checkpointText = text(named(listing, "checkpoint"));
    const checkpoint = checkCheckpoint(checkpointText, used, witnesses);
    const leaves = new Map();
    for (const row of rows(listing, "leaves")) {
      const raw = file(named(row, "leaf"));
      const proof = text(named(row, "proof"));
      const found = checkProof(raw, proof, used);
      if (found.index !== row.index || found.size !== checkpoint.size || leaves.has(found.index)) {
        throw new Refused("bundle.leaf", "leaf " + row.index + " and its proof do not belong together");
      }
      if (proof.slice(proof.indexOf("\n\n") + 2) !== checkpointText) {
        throw new Refused("bundle.leaf", "the proof of leaf " + found.index + " leads to another checkpoint");
      }
      leaves.set(found.index, readJson(utf8(raw, "bundle.leaf"), "bundle.leaf"));
    }
    if (!leaves.size) throw new Refused("bundle.leaf", "a bundle without a leaf proves nothing");
    const openings = checkOpenings(listing, leaves, text, named);
    const told = new Set();
    for (const leaf of leaves.values()) collect(leaf, (value) => told.add(value), () => {});
    const documents = rows(listing, "documents").map((row) => {
      const digest = hex(sha256(file(named(row, "path"))));
      if (row.sha256 !== digest) throw new Refused("bundle.document", row.path + " is not the document that the list names");
      return { path: row.path, title: String(row.title ?? ""), inLeaf: told.has(digest) };
    });
    return {
      origin: checkpoint.origin,
      size: checkpoint.size,
      kind: String(listing.kind ?? ""),
      number: String(listing.number ?? ""),
      leaves: leaves.size,
      openings,
      documents,
      witnesses: checkpoint.witnesses,
      ownKey: key === null,
    };
  }

  function checkOpenings(listing, leaves, text, named) {
    if (listing.openings === null || listing.openings === undefined) return 0;
    const rows = readJson(text(named(listing, "openings")), "bundle.opening");
    if (!Array.isArray(rows)) throw new Refused("bundle.opening", "openings are not a list");
    for (const row of rows) {
      const salt = isTable(row) ? unhex(row.salt) : null;
      if (!salt || typeof row.value !== "string" || !leaves.has(row.index)) {
        throw new Refused("bundle.opening", "not an opening: a leaf, a salt, a value, a commitment");
      }
      const made = hex(sha256(joined(salt, encoder.encode(row.value))));
      const known = new Set();
      collect(leaves.get(row.index), () => {}, (found) => known.add(found));
      if (made !== row.commitment || !known.has(made)) {
        throw new Refused("bundle.opening", "an opened value of leaf " + row.index + " is not the one committed to");
      }
    }
    return rows.length;
  }

  function collect(value, onText, onCommitment) {
    if (typeof value === "string") onText(value);
    if (isTable(value) && Object.keys(value).length === 1 && typeof value.commitment === "string") onCommitment(value.commitment);
    if (typeof value === "object" && value !== null) {
      for (const each of Object.values(value)) collect(each, onText, onCommitment);
    }
  }

  const api = {
    Refused, checkBundle, checkCheckpoint, checkConsistency, checkGrowth, checkInclusion, checkProof,
    ed25519Holds, hex, readBundle, readKey, sha256, sha512, sm3, unbase64,
  };
  if (typeof module === "object" && module.exports) module.exports = api;
  else root.zhulianVerify = api;
})(typeof globalThis === "undefined" ? this : globalThis);

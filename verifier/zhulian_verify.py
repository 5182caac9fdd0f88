#!/usr/bin/env python3
"""Check what a Zhulian ledger (筑联留痕账本) says, alone: one file, the standard library, nothing to install.

    python3 zhulian_verify.py checkpoint FILE --key VKEY
    python3 zhulian_verify.py inclusion LEAF PROOF --key VKEY
    python3 zhulian_verify.py consistency OLD NEW PROOF --key VKEY
    python3 zhulian_verify.py bundle ZIP [--key VKEY] [--witness VKEY ...]

VKEY is a key (`name+number+base64`) or a file that holds one. Exit code 0: it holds; 1: it is refuted; 2: it cannot be
read. `--json` prints the outcome for programs. Formats: RFC 6962 and RFC 9162 (tree), RFC 8032 (Ed25519), C2SP
signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof.

Nothing of the platform's own code is used here, so that a mistake there is not repeated here.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import os
import sys
import zipfile

LARGEST_NOTE = 1 << 20
LARGEST_FILE = 64 << 20
LARGEST_BUNDLE = 512 << 20
MOST_FILES = 20_000
MOST_HASHES = 63


class Refused(Exception):
    """It does not hold, or cannot be read. `code` names the check; `unreadable`: nothing was decided."""

    def __init__(self, code, text, *, unreadable=False):
        super().__init__(text)
        self.code, self.text, self.unreadable = code, text, unreadable


# --- bytes -----------------------------------------------------------------------------------------------------------


def unbase64(text):
    """Standard base64 in its one canonical spelling."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("note.base64", f"not base64: {text[:60]!r}") from None
    if base64.b64encode(raw).decode() != text:
        raise Refused("note.base64", f"not the canonical spelling of its bytes: {text[:60]!r}")
    return raw


def number(text, code):
    """A size or index in its one spelling."""
    if not text.isascii() or not text.isdigit() or len(text) > 18 or str(int(text)) != text:
        raise Refused(code, f"not a number: {text[:60]!r}")
    return int(text)


# --- Ed25519 (RFC 8032, section 5.1.7), strict ------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def _recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P:
        return None
    return P - x if (x & 1) != sign else x


def _point(raw):
    value = int.from_bytes(raw, "little")
    y, sign = value & ((1 << 255) - 1), value >> 255
    x = _recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def _add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(scalar, point):
    out = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            out = _add(out, point)
        point = _add(point, point)
        scalar >>= 1
    return out


def _same(p, q):
    return not (p[0] * q[2] - q[0] * p[2]) % P and not (p[1] * q[2] - q[1] * p[2]) % P


_BASE_Y = 4 * pow(5, P - 2, P) % P
_BASE_X = _recover_x(_BASE_Y, 0)
BASE = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % P)
NEUTRAL = (0, 1, 1, 0)


def ed25519_holds(public, message, signature):
    """Whether the 64-byte signature is of the message by the 32-byte key; keys of small order sign nothing."""
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or _same(_times(8, a), NEUTRAL):
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return _same(_times(s, BASE), _add(r, _times(h, a)))


# --- notes -----------------------------------------------------------------------------------------------------------


class Key:
    """A verifier key: of a log (type 1) or of a witness (type 4)."""

    def __init__(self, text):
        self.text = text.strip()
        self.name, _, rest = self.text.partition("+")
        told, _, body = rest.partition("+")
        raw = unbase64(body)
        if not self.name or any(c.isspace() for c in self.name) or len(raw) != 33 or raw[0] not in (1, 4):
            raise Refused("note.key", f"not an Ed25519 verifier key: {text[:60]!r}")
        self.witness, self.public = raw[0] == 4, raw[1:]
        self.id = hashlib.sha256(self.name.encode() + b"\n" + raw).digest()[:4]
        if self.id.hex() != told:
            raise Refused("note.key", f"the key's number is {self.id.hex()}, not {told[:20]!r}")


def read_note(text):
    """A signed note: its text and its signatures as (name, bytes)."""
    body, gap, lines = text.rpartition("\n\n")
    if not gap or not lines or len(text) > LARGEST_NOTE or not text.endswith("\n") or "\r" in text:
        raise Refused("note.form", "not a text, an empty line and signature lines")
    found = []
    for line in lines[:-1].split("\n"):
        name, space, value = line[2:].partition(" ")
        if not line.startswith("\u2014 ") or not space or not name or "+" in name:
            raise Refused("note.form", f"not a signature line: {line[:60]!r}")
        raw = unbase64(value)
        if len(raw) <= 4:
            raise Refused("note.form", "a signature without bytes")
        found.append((name, raw))
    return body + "\n", found


def check_signed(note, key):
    """Check the key's signature of a note; the time of a witness's, else None."""
    text, signatures = note
    mine = [raw[4:] for name, raw in signatures if name == key.name and raw[:4] == key.id]
    if not mine:
        raise Refused("note.unsigned", f"not signed by {key.name} ({key.id.hex()})")
    if len(mine) > 1 or len(mine[0]) != (72 if key.witness else 64):
        raise Refused("note.signature", f"the signature of {key.name} has not the form of one")
    at, message = None, text.encode()
    if key.witness:
        at = int.from_bytes(mine[0][:8], "big")
        message = b"cosignature/v1\ntime %d\n" % at + message
    if not ed25519_holds(key.public, message, mine[0][-64:]):
        raise Refused("note.signature", f"the signature of {key.name} is not of this text")
    return at


def read_checkpoint(text):
    """Origin, size and root of a checkpoint's text."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0]:
        raise Refused("checkpoint.form", "not an origin, a size and a root, each on its line")
    size, root = number(lines[1], "checkpoint.form"), unbase64(lines[2])
    if len(root) != 32:
        raise Refused("checkpoint.form", "a root is 32 bytes long")
    return lines[0], size, root


def check_checkpoint(text, key, witnesses=()):
    """Check a checkpoint and its cosignatures: (origin, size, root, times of the witnesses)."""
    note = read_note(text)
    check_signed(note, key)
    origin, size, root = read_checkpoint(note[0])
    if origin != key.name:
        raise Refused("checkpoint.origin", f"signed by {key.name}, and told of {origin[:60]}")
    return origin, size, root, {witness.name: check_signed(note, witness) for witness in witnesses}


# --- tree ------------------------------------------------------------------------------------------------------------


class Sm3:
    """SM3 (GB/T 32905-2016), for a Python whose hashlib lacks it."""

    def __init__(self, data):
        self.data = data

    def digest(self):
        """32 bytes."""
        raw = self.data + b"\x80" + bytes((55 - len(self.data)) % 64) + (8 * len(self.data)).to_bytes(8, "big")
        state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
        for at in range(0, len(raw), 64):
            state = self._block(state, [int.from_bytes(raw[at + i : at + i + 4], "big") for i in range(0, 64, 4)])
        return b"".join(word.to_bytes(4, "big") for word in state)

    @staticmethod
    def _block(state, w):
        def turn(x, n):
            n %= 32
            return ((x << n) | (x >> (32 - n))) & 0xFFFFFFFF

        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ turn(w[j - 3], 15)
            w.append(x ^ turn(x, 15) ^ turn(x, 23) ^ turn(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            s1 = turn((turn(a, 12) + e + turn(0x79CC4519 if j < 16 else 0x7A879D8A, j)) & 0xFFFFFFFF, 7)
            ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if j < 16 else (e & f) | (~e & 0xFFFFFFFF & g)
            t1 = (ff + d + (s1 ^ turn(a, 12)) + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            t2 = (gg + h + s1 + w[j]) & 0xFFFFFFFF
            a, b, c, d, e, f, g, h = t1, a, turn(b, 9), c, t2 ^ turn(t2, 9) ^ turn(t2, 17), e, turn(f, 19), g
        return [x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h))]


def suite_of(origin):
    """The hash function of a log: SM3 when its name ends in /sm3."""
    return Sm3 if origin.endswith("/sm3") else hashlib.sha256


def check_inclusion(index, size, leaf, hashes, root, new=hashlib.sha256):
    """Check that the leaf's bytes stand at `index` of the tree (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        raise Refused("proof.index", f"there is no leaf {index} in a tree of {size}")
    if any(len(each) != 32 for each in hashes):
        raise Refused("proof.length", "a hash is 32 bytes long")
    found, place, last = new(b"\x00" + leaf).digest(), index, size - 1
    for sibling, at_left in _climb(place, last, hashes):
        found = new(b"\x01" + (sibling + found if at_left else found + sibling)).digest()
    if found != root:
        raise Refused("proof.refuted", "the proof leads to another root: this leaf is not in that tree")


def check_consistency(first, second, old, latest, hashes, new=hashlib.sha256):
    """Check that the tree of `second` leaves begins with that of `first` (RFC 9162, section 2.1.4.2)."""
    if not 0 < first <= second:
        raise Refused("proof.sizes", f"a tree of {second} leaves is never shown to continue one of {first}")
    if any(len(each) != 32 for each in hashes):
        raise Refused("proof.length", "a hash is 32 bytes long")
    if first == second:
        if hashes:
            raise Refused("proof.surplus", "two trees of one size need no proof")
        if old != latest:
            raise Refused("proof.refuted", "two roots of one size: the ledger was forked")
        return
    path = list(hashes) if first & (first - 1) else [old, *hashes]
    if not path:
        raise Refused("proof.short", "the proof has no hashes")
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    found_old = found_new = path[0]
    for sibling, at_left in _climb(place, last, path[1:]):
        if at_left:
            found_old = new(b"\x01" + sibling + found_old).digest()
        found_new = new(b"\x01" + (sibling + found_new if at_left else found_new + sibling)).digest()
    if found_old != old or found_new != latest:
        raise Refused("proof.refuted", "the later ledger does not begin with the earlier one")


def _climb(place, last, hashes):
    for sibling in hashes:
        if last == 0:
            raise Refused("proof.surplus", "the proof has more hashes than the path")
        at_left = bool(place & 1) or place == last
        yield sibling, at_left
        while at_left and place and not place & 1:
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    if last:
        raise Refused("proof.short", "the proof has fewer hashes than the path")


def check_proof(leaf, text, key):
    """Check a tlog-proof of a leaf's bytes: (index, size)."""
    head, gap, note = text.partition("\n\n")
    lines = head.split("\n")
    if len(lines) > 1 and lines[1].startswith("extra "):
        unbase64(lines.pop(1)[6:])
    if not gap or lines[0] != "c2sp.org/tlog-proof@v1" or len(lines) < 2 or not lines[1].startswith("index "):
        raise Refused("proof.form", "not a proof of the form c2sp.org/tlog-proof@v1")
    index, hashes = number(lines[1][6:], "proof.form"), [unbase64(line) for line in lines[2:]]
    if len(hashes) > MOST_HASHES:
        raise Refused("proof.surplus", "more hashes than any tree is high")
    origin, size, root, _ = check_checkpoint(note, key)
    check_inclusion(index, size, leaf, hashes, root, suite_of(origin))
    return index, size


def check_growth(old, latest, proof, key):
    """Check a consistency proof between two checkpoints: (first, second)."""
    origin, first, old_root, _ = check_checkpoint(old, key)
    _, second, new_root, _ = check_checkpoint(latest, key)
    told = read_json(proof, "proof.form")
    if not isinstance(told, dict) or told.get("format") != "zhulian-consistency/1":
        raise Refused("proof.form", "not of the form zhulian-consistency/1")
    hashes = told.get("hashes")
    if (told.get("first"), told.get("second")) != (first, second) or not isinstance(hashes, list):
        raise Refused("proof.form", "the proof is of other sizes than the checkpoints")
    if len(hashes) > 2 * MOST_HASHES or not all(isinstance(each, str) for each in hashes):
        raise Refused("proof.form", "hashes are texts in base64, and few")
    check_consistency(first, second, old_root, new_root, [unbase64(h) for h in hashes], suite_of(origin))
    return first, second


def read_json(raw, code):
    """A JSON value; a key written twice is refused, since readers would differ over it."""

    def pairs(found):
        out = dict(found)
        if len(out) != len(found):
            raise Refused(code, "a key is written twice")
        return out

    try:
        return json.loads(raw if isinstance(raw, str) else raw.decode(), object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        raise Refused(code, "not JSON", unreadable=True) from None


# --- evidence bundle --------------------------------------------------------------------------------------------------


def read_bundle(path):
    """Files of a zip by name; nothing is written anywhere."""
    try:
        with zipfile.ZipFile(path) as bundle:
            entries = bundle.infolist()
            names = [entry.filename for entry in entries]
            if len(names) > MOST_FILES or len(set(names)) != len(names):
                raise Refused("bundle.form", "too many files, or one twice")
            if sum(entry.file_size for entry in entries) > LARGEST_BUNDLE:
                raise Refused("bundle.size", "unpacked it would be larger than any bundle")
            out = {}
            for entry in entries:
                parts = entry.filename.split("/")
                if not entry.filename or "\\" in entry.filename or any(part in ("", ".", "..") for part in parts):
                    raise Refused("bundle.form", f"not a file's name: {entry.filename[:60]!r}")
                if entry.file_size > LARGEST_FILE:
                    raise Refused("bundle.size", f"too large: {entry.filename}")
                with bundle.open(entry) as file:
                    raw = file.read(entry.file_size + 1)
                if len(raw) != entry.file_size:
                    raise Refused("bundle.size", f"longer than told: {entry.filename}")
                out[entry.filename] = raw
            return out
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Refused("bundle.form", f"not a zip file: {error}", unreadable=True) from None


def check_bundle(files, key=None, witnesses=()):
    """Check an evidence bundle; what was found, as a dict.

    Every file is listed with its digest and none other is there; every leaf stands in the tree of the signed
    checkpoint; every opened value is the one that its leaf committed to; every document is named by a leaf.
    """
    listing = read_json(_file(files, "bundle.json"), "bundle.form")
    if not isinstance(listing, dict) or listing.get("format") != "zhulian-evidence/1":
        raise Refused("bundle.form", "not of the form zhulian-evidence/1")
    _check_files(files, listing)
    own = Key(_text(files, _name(listing, "key")))
    used = key or own
    checkpoint = _text(files, _name(listing, "checkpoint"))
    origin, size, _, times = check_checkpoint(checkpoint, used, witnesses)
    leaves = {}
    for row in _rows(listing, "leaves"):
        raw = _file(files, _name(row, "leaf"))
        proof = _text(files, _name(row, "proof"))
        index, covered = check_proof(raw, proof, used)
        if index != row.get("index") or covered != size or index in leaves:
            raise Refused("bundle.leaf", "leaf {} and its proof do not belong together".format(row.get("index")))
        if proof.partition("\n\n")[2] != checkpoint:
            raise Refused("bundle.leaf", f"the proof of leaf {index} leads to another checkpoint")
        leaves[index] = read_json(raw, "bundle.leaf")
    if not leaves:
        raise Refused("bundle.leaf", "a bundle without a leaf proves nothing")
    openings = _check_openings(files, listing, leaves)
    named = {text for leaf in leaves.values() for text in _texts(leaf)}
    documents = []
    for row in _rows(listing, "documents"):
        digest = hashlib.sha256(_file(files, _name(row, "path"))).hexdigest()
        if row.get("sha256") != digest:
            raise Refused("bundle.document", "{} is not the document that the list names".format(row.get("path")))
        documents.append({"path": row["path"], "title": str(row.get("title", "")), "in_leaf": digest in named})
    return {
        "origin": origin,
        "size": size,
        "kind": str(listing.get("kind", "")),
        "number": str(listing.get("number", "")),
        "leaves": len(leaves),
        "openings": openings,
        "documents": documents,
        "witnesses": times,
        "own_key": key is None,
    }


def _file(files, name):
    if name not in files:
        raise Refused("bundle.missing", f"the file {name[:60]} is missing")
    return files[name]


def _text(files, name):
    try:
        return _file(files, name).decode()
    except UnicodeDecodeError:
        raise Refused("bundle.form", f"{name} is no text") from None


def _name(row, field):
    value = row.get(field) if isinstance(row, dict) else None
    if not isinstance(value, str):
        raise Refused("bundle.form", f"{field} is not named")
    return value


def _rows(listing, field):
    rows = listing.get(field)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refused("bundle.form", f"{field} is not a list")
    return rows


def _check_files(files, listing):
    told = listing.get("files")
    if not isinstance(told, dict):
        raise Refused("bundle.form", "files is not a table")
    for name in sorted(set(files) - {"bundle.json"} - set(told)):
        raise Refused("bundle.surplus", f"the file {name[:60]} is not listed")
    for name, digest in told.items():
        if hashlib.sha256(_file(files, name)).hexdigest() != digest:
            raise Refused("bundle.digest", f"the file {name[:60]} is not the one that is listed")


def _check_openings(files, listing, leaves):
    if listing.get("openings") is None:
        return 0
    rows = read_json(_file(files, _name(listing, "openings")), "bundle.opening")
    if not isinstance(rows, list):
        raise Refused("bundle.opening", "openings are not a list")
    for row in rows:
        try:
            salt, value, told, leaf = bytes.fromhex(row["salt"]), row["value"], row["commitment"], leaves[row["index"]]
            made = hashlib.sha256(salt + value.encode()).hexdigest()
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Refused("bundle.opening", "not an opening: a leaf, a salt, a value, a commitment") from None
        if made != told or told not in _commitments(leaf):
            raise Refused(
                "bundle.opening", "an opened value of leaf {} is not the one committed to".format(row["index"])
            )
    return len(rows)


def _commitments(value):
    if isinstance(value, dict):
        if set(value) == {"commitment"} and isinstance(value["commitment"], str):
            yield value["commitment"]
        for each in value.values():
            yield from _commitments(each)
    elif isinstance(value, list):
        for each in value:
            yield from _commitments(each)


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


# --- command line -----------------------------------------------------------------------------------------------------


def _key(text):
    if os.path.exists(text):
        text = _read(text).decode()
    return Key(text)


def _read(path):
    try:
        if os.path.getsize(path) > LARGEST_FILE:
            raise Refused("file.size", f"{path} is too large", unreadable=True)
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Refused("file.read", f"{path}: {error.strerror}", unreadable=True) from None


def _words(path):
    try:
        return _read(path).decode()
    except UnicodeDecodeError:
        raise Refused("file.text", f"{path} is no text", unreadable=True) from None


def _run(given):
    if given.what == "checkpoint":
        origin, size, root, times = check_checkpoint(_words(given.file), _key(given.key), _witnesses(given))
        return {"origin": origin, "size": size, "root": root.hex(), "witnesses": times}
    if given.what == "inclusion":
        index, size = check_proof(_read(given.leaf), _words(given.proof), _key(given.key))
        return {"index": index, "size": size}
    if given.what == "consistency":
        first, second = check_growth(_words(given.old), _words(given.new), _read(given.proof), _key(given.key))
        return {"first": first, "second": second}
    return check_bundle(read_bundle(given.zip), _key(given.key) if given.key else None, _witnesses(given))


def _witnesses(given):
    return [_key(text) for text in given.witness or ()]


def _told(found):
    """The outcome in sentences, Chinese and English."""
    lines = ["成立 HOLDS"]
    if "first" in found:
        lines.append("后一账本（{second} 条）原样包含前一账本（{first} 条）。".format(**found))
    elif "index" in found:
        lines.append("这条留痕是账本（{size} 条）的第 {index} 条。".format(**found))
    else:
        lines.append("账本 {origin}，{size} 条。".format(**found))
    if "leaves" in found:
        lines.append("{leaves} 条留痕都在册；打开的个人信息 {openings} 项与承诺一致。".format(**found))
        for document in found["documents"]:
            said = "摘要在留痕中" if document["in_leaf"] else "留痕没有提到这份文件的摘要，只说明它在包里没有变"
            lines.append("文件 {}：{}".format(document["title"] or document["path"], said))
    for name, at in found.get("witnesses", {}).items():
        lines.append(f"见证方 {name} 已会签（{at}）")
    if found.get("own_key"):
        lines.append("注意：公钥取自包内。要确认是哪个机关的账本，请用 --key 给出从别处得到的公钥。")
        lines.append("NOTE: the key came out of the bundle itself; give the authority's key with --key.")
    return "\n".join(lines)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Check a Zhulian ledger, its proofs and evidence bundles.")
    kinds = parser.add_subparsers(dest="what", required=True)
    for name, files, key_needed in (
        ("checkpoint", ("file",), True),
        ("inclusion", ("leaf", "proof"), True),
        ("consistency", ("old", "new", "proof"), True),
        ("bundle", ("zip",), False),
    ):
        kind = kinds.add_parser(name)
        for file in files:
            kind.add_argument(file)
        kind.add_argument("--key", required=key_needed, help="verifier key of the ledger, or a file with it")
        kind.add_argument("--witness", action="append", help="verifier key of a witness that must have cosigned")
        kind.add_argument("--json", action="store_true", help="print the outcome for programs")
    given = parser.parse_args(arguments)
    try:
        found = _run(given)
    except Refused as error:
        outcome = {"holds": None if error.unreadable else False, "code": error.code, "why": error.text}
        said = "不能读取 UNREADABLE" if error.unreadable else "不成立 REFUTED"
        print(json.dumps(outcome) if given.json else f"{said}\n{error.code}: {error.text}")
        return 2 if error.unreadable else 1
    print(json.dumps({"holds": True, **found}, ensure_ascii=False) if given.json else _told(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())

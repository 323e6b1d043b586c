"""A second opinion on vectors/: what Python's own libraries, and a decoder written here, make of the same bytes.

Compares the values of bencode, info-hashes, allowed fast sets, peer priorities, merkle trees, addresses and UDP packets with what
the vectors expect, and says where they differ. Needs nothing but Python 3.
"""
import hashlib
import ipaddress
import json
import pathlib
import re
import struct
import sys

FOLDER = pathlib.Path(__file__).parent.parent / "vectors"


def expand(text):
    """The bytes of an input."""
    text = re.sub(r"\(([0-9a-f]+)\)\{(\d+)\}", lambda m: m[1] * int(m[2]), text)
    return bytes.fromhex(text.replace("/", ""))


INTEGER = re.compile(rb"i(0|-?[1-9][0-9]*)e")
LENGTH = re.compile(rb"(0|[1-9][0-9]*):")


def bdecode(data):
    """A strict decoder with a stack of its own: [kind, value] tuples, or ValueError."""
    stack = [["list", []]]
    at = 0
    while True:
        top = stack[-1]
        if len(stack) == 1 and top[1]:
            if at != len(data):
                raise ValueError("trailing bytes")
            return top[1][0]
        head = data[at : at + 1]
        wants_key = top[0] == "dict" and len(top[1]) % 2 == 0
        if head == b"e" and len(stack) > 1 and (top[0] == "list" or wants_key):
            kind, items = stack.pop()
            at += 1
            value = {"list": items} if kind == "list" else {"dict": pairs(items)}
            stack[-1][1].append(value)
            continue
        if head.isdigit():
            match = LENGTH.match(data, at)
            if not match or len(match[1]) > 18 or match.end() + int(match[1]) > len(data):
                raise ValueError("bad string")
            end = match.end() + int(match[1])
            top[1].append({"string": data[match.end() : end].hex()})
            at = end
        elif wants_key:
            raise ValueError("no key")
        elif head == b"i":
            match = INTEGER.match(data, at)
            if not match:
                raise ValueError("bad integer")
            top[1].append({"integer": match[1].decode()})
            at = match.end()
        elif head in (b"l", b"d"):
            stack.append(["list" if head == b"l" else "dict", []])
            at += 1
        else:
            raise ValueError("no value")


def pairs(items):
    keys = [bytes.fromhex(item["string"]) for item in items[::2]]
    if any(a >= b for a, b in zip(keys, keys[1:])):
        raise ValueError("unsorted keys")
    return [[key.hex(), value] for key, value in zip(keys, items[1::2])]


def span_of_info(data):
    """Where the value of the key info stands, found by reading value after value."""
    at = data.index(b"4:info") + 6
    depth, start = 0, at
    while True:
        head = data[at : at + 1]
        if head in (b"l", b"d"):
            depth, at = depth + 1, at + 1
        elif head == b"e":
            depth, at = depth - 1, at + 1
        elif head == b"i":
            at = data.index(b"e", at) + 1
        else:
            colon = data.index(b":", at)
            at = colon + 1 + int(data[at:colon])
        if depth == 0:
            return data[start:at]


def allowed_fast(info_hash, ip, pieces, count):
    x = bytes(map(int, ip.split(".")[:3])) + b"\0" + info_hash
    found = []
    while len(found) < min(count, pieces):
        x = hashlib.sha1(x).digest()
        for word in struct.unpack(">5I", x):
            if len(found) < count and word % pieces not in found:
                found.append(word % pieces)
    return sorted(found)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def endpoint(text):
    host, port = text.rsplit(":", 1)
    return ipaddress.ip_address(host.strip("[]")), int(port)


def priority(a, b):
    (host_a, port_a), (host_b, port_b) = endpoint(a), endpoint(b)
    if host_a == host_b:
        return crc32c(b"".join(sorted(struct.pack(">H", port) for port in (port_a, port_b))))
    size = len(host_a.packed)
    whole = next(n for n in range(size + 1) if n == size or host_a.packed[n] != host_b.packed[n])
    kept = {4: (2, 3, 4), 16: (6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)}[size]
    # One octet more than what both share, where that is more than the least.
    full = max([kept[0]] + [n for n in kept[1:] if n <= whole + 1])
    mask = b"\xff" * full + b"\x55" * (size - full)
    masked = sorted(bytes(x & m for x, m in zip(host.packed, mask)) for host in (host_a, host_b))
    return crc32c(b"".join(masked))


def merkle(content, piece_length):
    block = 16384
    sha = lambda data: hashlib.sha256(data).digest()

    def root(leaves, width):
        level = leaves + [bytes(32)] * (width - len(leaves))
        while len(level) > 1:
            level = [sha(a + b) for a, b in zip(level[::2], level[1::2])]
        return level[0]

    power = lambda n: 1 << max(0, n - 1).bit_length()
    leaves = [sha(content[at : at + block]) for at in range(0, len(content), block)]
    if len(content) <= piece_length:
        return {"root": root(leaves, power(len(leaves))).hex(), "layer": None}
    per = piece_length // block
    layer = [root(leaves[at : at + per], per) for at in range(0, len(leaves), per)]
    return {"root": root(leaves, power(len(layer)) * per).hex(), "layer": b"".join(layer).hex()}


def peers(data, size):
    whole = range(0, len(data) // (size + 2) * (size + 2), size + 2)
    shown = []
    for at in whole:
        host = ipaddress.ip_address(data[at : at + size])
        port = int.from_bytes(data[at + size : at + size + 2], "big")
        shown.append(f"[{host}]:{port}" if host.version == 6 else f"{host}:{port}")
    return shown


def opinion(vector):
    """What this program answers, or None where it has no opinion."""
    operation, words, data = vector["operation"], vector.get("with", []), expand(vector["input"])
    if operation == "bencode":
        return bdecode(data)
    if operation == "bencode-check":
        return bdecode(data) is not None
    if operation == "bencode-again":
        bdecode(data)
        return data.hex()
    if operation == "allowed-fast":
        return allowed_fast(data, words[0], int(words[1]), int(words[2]))
    if operation == "peer-priority":
        return f"{priority(*words):08x}"
    if operation == "merkle":
        return merkle(data, int(words[0]))
    if operation in ("peers4", "peers6"):
        return peers(data, 4 if operation == "peers4" else 16)
    if operation in ("torrent", "torrent-v2") and "infoHash" in json.dumps(vector["expect"]):
        info = span_of_info(data)
        return {"infoHash": hashlib.sha1(info).hexdigest(), "infoHashV2": hashlib.sha256(info).hexdigest()}
    return None


def agrees(expected, answer):
    if isinstance(answer, dict) and "infoHash" in answer:
        return all(expected[key] == answer[key] for key in answer if expected.get(key) is not None)
    return expected == answer


def main():
    compared, differing = 0, 0
    for file in json.loads((FOLDER / "manifest.json").read_text())["files"]:
        for vector in json.loads((FOLDER / file["file"]).read_text()):
            expect = vector["expect"]
            try:
                answer = opinion(vector)
                if answer is None:
                    continue
            except ValueError as error:
                answer = error
            outcomes = expect.get("anyOf", [expect])
            fits = "survives" in expect or any(
                "error" in outcome
                if isinstance(answer, ValueError)
                else "value" in outcome and agrees(outcome["value"], answer)
                for outcome in outcomes
            )
            compared += 1
            if not fits:
                differing += 1
                print(f"{vector['id']}: expected {json.dumps(expect)[:300]}, got {str(answer)[:300]}")
    print(f"{compared} compared, {differing} differ")
    sys.exit(1 if differing else 0)


main()

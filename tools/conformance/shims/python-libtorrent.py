"""libtorrent, through its Python binding, as a subject of `unchoke-conformance codec`."""
import json
import os
import sys
import tempfile

import libtorrent as lt


def told(value):
    if isinstance(value, int):
        return {"integer": str(value)}
    if isinstance(value, bytes):
        return {"string": value.hex()}
    if isinstance(value, list):
        return {"list": [told(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[key.hex(), told(item)] for key, item in value.items()]}
    raise ValueError("no value")


def bdecode(data):
    value = lt.bdecode(data)
    if value is None:
        raise ValueError("not bencode")
    return value


def hashes(info_hashes):
    return {
        "infoHash": str(info_hashes.v1) if info_hashes.has_v1() else None,
        "infoHashV2": str(info_hashes.v2) if info_hashes.has_v2() else None,
    }


def names(path):
    return os.fsdecode(path).split("/") if isinstance(path, bytes) else path.split("/")


def load(data):
    """From the bytes as they stand: a decoded dictionary would be encoded again, with another hash."""
    with tempfile.NamedTemporaryFile(suffix=".torrent") as file:
        file.write(data)
        file.flush()
        return lt.torrent_info(file.name)


def torrent(data):
    info = load(data)
    known = info.info_hashes()
    version = "hybrid" if known.has_v1() and known.has_v2() else "v2" if known.has_v2() else "v1"
    files = info.files()
    tiers = {}
    for tracker in info.trackers():
        tiers.setdefault(tracker.tier, []).append(tracker.url)
    listed = [
        {
            "path": names(files.file_path(index)),
            "length": files.file_size(index),
            "pad": bool(files.file_flags(index) & lt.file_flags_t.flag_pad_file),
        }
        for index in range(files.num_files())
    ]
    return {
        "version": version,
        **hashes(known),
        "name": info.name(),
        "pieceLength": info.piece_length(),
        "pieceCount": info.num_pieces(),
        "totalLength": info.total_size(),
        "files": listed,
        # It shuffles every tier, as BEP 12 wants.
        "trackers": [sorted(tiers[tier]) for tier in sorted(tiers)],
        "webSeeds": [seed["url"] for seed in info.web_seeds()],
        "private": info.priv(),
    }


def torrent_v2(data):
    read = torrent(data)
    read["files"] = [file for file in read["files"] if not file["pad"]]
    return read


def places(data):
    return [file["path"] for file in torrent(data)["files"] if not file["pad"]]


def magnet(data):
    read = lt.parse_magnet_uri(data.decode("utf-8"))
    try:
        name = read.name
    except UnicodeDecodeError:
        name = None
    return {**hashes(read.info_hashes), "name": name, "trackers": read.trackers, "webSeeds": read.url_seeds}


OPERATIONS = {
    "bencode": lambda data: told(bdecode(data)),
    "bencode-again": lambda data: lt.bencode(bdecode(data)).hex(),
    "bencode-check": lambda data: bdecode(data) is not None,
    "torrent": torrent,
    "torrent-v2": torrent_v2,
    "torrent-check": lambda data: load(data).num_pieces() > 0,
    "places": places,
    "magnet": magnet,
    "magnet-v2": magnet,
}

for line in sys.stdin:
    words = line.split()
    operation = words[0]
    if operation == "hello":
        answer = {"name": "libtorrent", "version": lt.__version__, "operations": list(OPERATIONS)}
    elif operation not in OPERATIONS:
        answer = {"unsupported": operation}
    else:
        try:
            answer = {"value": OPERATIONS[operation](b"" if words[1] == "-" else bytes.fromhex(words[1]))}
        except Exception as error:
            answer = {"error": str(error)[:500]}
    print(json.dumps(answer), flush=True)

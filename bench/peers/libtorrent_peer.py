"""libtorrent as a peer, tuned for speed: libtorrent_peer.py seed|leech TORRENT FOLDER ADDRESS PORT. A leech ends when it is complete."""

import sys
import time

import libtorrent

role, torrent, folder, address, port = sys.argv[1:]
session = libtorrent.session(
    {
        "listen_interfaces": f"{address}:{port}",
        "alert_mask": 0,
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        "enable_incoming_utp": False,
        "enable_outgoing_utp": False,
        "in_enc_policy": 2,
        "out_enc_policy": 2,
        "allow_multiple_connections_per_ip": True,
        "connections_limit": 1000,
        "unchoke_slots_limit": 100,
        "connection_speed": 200,
        "max_out_request_queue": 3000,
        # Too few by default for peers without the fast extension, whose requests it would drop.
        "max_allowed_in_request_queue": 4000,
        "request_queue_time": 3,
        "send_buffer_watermark": 4 * 1024 * 1024,
        "send_buffer_low_watermark": 512 * 1024,
        "send_buffer_watermark_factor": 150,
        "suggest_mode": 0,
        "aio_threads": 2,
        "hashing_threads": 1,
        "file_pool_size": 500,
    }
)
for path in torrent.split(","):
    parameters = libtorrent.add_torrent_params()
    parameters.ti = libtorrent.torrent_info(path)
    parameters.save_path = folder
    parameters.flags &= ~(libtorrent.torrent_flags.auto_managed | libtorrent.torrent_flags.paused)
    if role == "seed":
        parameters.flags |= libtorrent.torrent_flags.seed_mode
    handle = session.add_torrent(parameters)

while role == "seed":
    time.sleep(3600)
while not handle.status().is_seeding:
    time.sleep(0.005)

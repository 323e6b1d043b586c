/** A client made of libtorrent's Python binding with its default settings, but for what would leave the machine. */
export const libtorrentScript: string = `
import os, signal, sys, time
import libtorrent as lt
source, out, port, mode, state = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5]
session = lt.session({
    'listen_interfaces': '127.0.0.1:%d' % port, 'enable_dht': False, 'enable_lsd': False,
    'enable_upnp': False, 'enable_natpmp': False, 'enable_incoming_utp': False, 'enable_outgoing_utp': False,
    'alert_mask': lt.alert.category_t.storage_notification | lt.alert.category_t.status_notification,
})
# Peers of the local network have no need of a slot: those of a case stand for the internet.
session.set_peer_class_filter(lt.ip_filter())
resume = os.path.join(state, 'resume')
if os.path.exists(resume):
    params = lt.read_resume_data(open(resume, 'rb').read())
elif source.startswith('magnet:'):
    params = lt.parse_magnet_uri(source)
else:
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(source)
params.save_path = out
handle = session.add_torrent(params)
ending = []
for name in (signal.SIGTERM, signal.SIGINT):
    signal.signal(name, lambda *_: ending.append(1))

def save():
    if not handle.status().has_metadata:
        return
    handle.save_resume_data()
    until = time.time() + 3
    while time.time() < until:
        session.wait_for_alert(200)
        for alert in session.pop_alerts():
            if isinstance(alert, lt.save_resume_data_alert):
                with open(resume, 'wb') as file:
                    file.write(lt.write_resume_data_buf(alert.params))
                return
            if isinstance(alert, lt.save_resume_data_failed_alert):
                return

last = time.time()
while not ending:
    time.sleep(0.1)
    if mode != 'seed' and time.time() - last > 2:
        last = time.time()
        save()
save()
session.pause()
time.sleep(1)
`;

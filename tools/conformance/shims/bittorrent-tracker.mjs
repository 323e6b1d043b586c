// The npm package bittorrent-tracker as a tracker to judge: `node bittorrent-tracker.mjs 6969`, where it is installed.
import Server from 'bittorrent-tracker/server';

const server = new Server({ http: true, udp: true, ws: false, stats: false });
server.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
// Bad requests are told as warnings; there will be many.
server.on('warning', () => undefined);
server.listen(Number(process.argv[2]), { http: '127.0.0.1', udp4: '127.0.0.1', udp6: '::1' });

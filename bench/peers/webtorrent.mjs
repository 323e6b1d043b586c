// WebTorrent as a peer: webtorrent.mjs INSTALLED seed|leech TORRENT FOLDER PORT. A leech ends when it is complete.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [installed, role, torrentPath, path, port] = process.argv.slice(2);
const { default: WebTorrent } = await import(
  pathToFileURL(createRequire(`${installed}/package.json`).resolve('webtorrent')).href
);
const quiet = { dht: false, lsd: false, utPex: false, natUpnp: false, natPmp: false, utp: false };
const client = new WebTorrent({ ...quiet, torrentPort: Number(port), maxConns: 100 });
const torrent = client.add(torrentPath, { path });
torrent.on('done', () => role === 'leech' && process.exit(0));

/**
 * A client made of the npm package `webtorrent`, which is looked for where the kit was started. With its default settings, but for
 * what would leave the machine, and without its encryption: it does not fall back when a peer speaks plainly.
 */
export const webtorrentScript: string = `
import { createRequire } from 'node:module';
import { Server } from 'node:net';
import { pathToFileURL } from 'node:url';
const [source, path, port] = process.argv.slice(2);
const { default: WebTorrent } = await import(pathToFileURL(createRequire(import.meta.url).resolve('webtorrent')).href);
const { listen } = Server.prototype;
Server.prototype.listen = function (at, ...more) {
  return listen.call(this, at, '127.0.0.1', ...more);
};
const off = { dht: false, lsd: false, utp: false, natUpnp: false, natPmp: false, webSeeds: false, secure: 0 };
const client = new WebTorrent({ ...off, torrentPort: Number(port) });
client.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
// What nobody caught ends every program that is made of it.
process.on('uncaughtException', (error) => {
  console.error(error);
  process.exit(134);
});
client.add(source, { path });
for (const name of ['SIGTERM', 'SIGINT']) process.once(name, () => client.destroy(() => process.exit()));
`;

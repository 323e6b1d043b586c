// Our client with many torrents: crowd.mjs CLIENT TORRENTS FOLDER ADDRESS PORT. Prints a line when it listens.
const [client, torrents, path, bind, port] = process.argv.slice(2);
const { Client } = await import(client);
const seeder = new Client({ bind, port: Number(port) });
for (const torrent of torrents.split(',')) await seeder.add(torrent, { path, trackers: [] });
await seeder.listen();
console.log('ready');

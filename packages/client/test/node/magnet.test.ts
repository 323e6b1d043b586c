import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ClientError, type ClientErrorCode } from '@unchoke/client';
import { Client, type ClientOptions } from '@unchoke/client/node';
import { formatMagnet, HashTree, type Metainfo, parseMagnet, parseMetainfo } from '@unchoke/metainfo';
import { type CreateOptions, createTorrent, hashes } from '@unchoke/metainfo/node';
import { connectPeer } from '@unchoke/wire/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { noise, scratchFolder } from './scratch.js';

const LOOPBACK = { bind: '127.0.0.1' } as const;

function newClient(options: ClientOptions = {}): Client {
  const client = new Client({ ...LOOPBACK, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** A seed of a file whose metadata has several parts. */
async function seeded(options: CreateOptions = {}, length = 16_384 * 1000) {
  const folder = scratchFolder();
  const content = noise(length, 5);
  mkdirSync(join(folder, 'seed'));
  writeFileSync(join(folder, 'seed', 'data.bin'), content);
  const made = await createTorrent(join(folder, 'seed', 'data.bin'), {
    pieceLength: 16_384,
    threadCount: 0,
    ...options,
  });
  const client = newClient();
  await client.add(made.bytes, { path: join(folder, 'seed') });
  return { ...made, content, client, port: await client.listen(), out: join(folder, 'out') };
}

/** A seed of a v2 torrent of files with these lengths. */
async function seededFolder(lengths: readonly number[]) {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'seed'));
  const files = lengths.map((length, index) => noise(length, 20 + index));
  for (const [index, content] of files.entries()) writeFileSync(join(folder, 'seed', `${index}.bin`), content);
  const made = await createTorrent(join(folder, 'seed'), { version: 'v2', pieceLength: 16_384, threadCount: 0 });
  const client = newClient();
  await client.add(made.bytes, { path: folder });
  return { ...made, files, client, port: await client.listen(), out: join(folder, 'out') };
}

const failsWith = (code: ClientErrorCode) => (error: unknown) => ClientError.isInstance(error) && error.code === code;

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

describe('from a magnet link', () => {
  test('with a peer in it, to the whole content', async () => {
    const { metainfo, port, out, content } = await seeded();
    const link = formatMagnet({ infoHash: metainfo.infoHash!, peers: [{ host: '127.0.0.1', port }] });
    const torrent = await newClient().add(link, { path: out });
    expect(torrent.metainfo.infoBytes).toEqual(metainfo.infoBytes);
    await torrent.done;
    expect(readFileSync(join(out, 'data.bin')).equals(content)).toBe(true);
  });

  test.each(['hybrid', 'v2'] as const)('of version 2 (%s), by either hash that is on the wire', async (version) => {
    const { metainfo, port, out, content } = await seeded({ version }, 1_000_000);
    const { infoHash, infoHashV2 } = metainfo;
    const topics = {
      ...(infoHash === undefined ? {} : { infoHash }),
      ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
    };
    const peers = [{ host: '127.0.0.1', port }];
    const torrent = await newClient().add(formatMagnet(topics), { path: out, peers });
    await torrent.done;
    expect(readFileSync(join(out, 'data.bin')).equals(content)).toBe(true);
  });

  test('through a tracker, which hears one "started", one "completed" and one "stopped"', async () => {
    const { metainfo, port, out, content } = await seeded();
    const heard: string[] = [];
    const tracker = await serve((request, response) => {
      const query = new URL(request.url ?? '', 'http://tracker').searchParams;
      heard.push(`${query.get('event') ?? 'regular'} ${query.get('left')}`);
      const peer = Buffer.from([127, 0, 0, 1, port >> 8, port & 255]);
      response.end(Buffer.concat([Buffer.from('d8:intervali1800e5:peers6:'), peer, Buffer.from('e')]));
    });
    const client = newClient();
    const link = formatMagnet({ infoHash: metainfo.infoHash!, trackers: [`${tracker}/announce`] });
    const torrent = await client.add(link, { path: out });
    await torrent.done;
    await client.close();
    expect(readFileSync(join(out, 'data.bin')).equals(content)).toBe(true);
    expect(heard[0]).toBe('started 16384');
    expect(heard.map((line) => line.split(' ')[0]).sort()).toEqual(['completed', 'started', 'stopped']);
  });

  test('from somebody who has it from a magnet link himself', async () => {
    const { metainfo, port, out } = await seeded();
    const link = formatMagnet({ infoHash: metainfo.infoHash! });
    const second = newClient();
    const passing = await second.add(link, { path: out, peers: [{ host: '127.0.0.1', port }] });
    await passing.done;
    const peers = [{ host: '127.0.0.1', port: await second.listen() }];
    const third = await newClient().add(parseMagnet(link), { path: `${out}2`, peers });
    await third.done;
    expect(third.metainfo.name).toBe('data.bin');
  });

  test('whoever waits for it may be dialled by who has it', async () => {
    const { metainfo, client: seeder, bytes, out, content } = await seeded();
    const waiting = newClient();
    const added = waiting.add(formatMagnet({ infoHash: metainfo.infoHash! }), { path: out });
    const half = newClient();
    const port = await waiting.listen();
    // Only who wants something dials: it has the metadata, and none of the content.
    await half.add(bytes, {
      path: `${out}3`,
      peers: [
        { host: '127.0.0.1', port },
        { host: '127.0.0.1', port: await seeder.listen() },
      ],
    });
    const torrent = await added;
    await torrent.done;
    expect(readFileSync(join(out, 'data.bin')).equals(content)).toBe(true);
  });

  test('it counts in the limit on connections: a torrent gives one up for it', async () => {
    const { metainfo, port, out } = await seeded();
    const folder = scratchFolder();
    writeFileSync(join(folder, 'other.bin'), noise(100_000, 6));
    const other = await createTorrent(join(folder, 'other.bin'), { pieceLength: 16_384, threadCount: 0 });
    const client = newClient({ peersMax: 2 });
    const torrent = await client.add(other.bytes, { path: folder });
    const connected = new Promise<void>((resolve) => {
      let count = 0;
      torrent.onNotice(({ type }) => type === 'peer-connected' && ++count === 2 && resolve());
    });
    for (const seed of [1, 2]) {
      const socket = connect(await client.listen(), '127.0.0.1');
      onTestFinished(() => void socket.destroy());
      const head = Buffer.concat([Buffer.from('\x13BitTorrent protocol'), Buffer.alloc(8)]);
      socket.write(Buffer.concat([head, other.metainfo.infoHash!, Buffer.alloc(20, seed)]));
    }
    await connected;
    const closed = new Promise<string>((resolve) => {
      torrent.onNotice((notice) => notice.type === 'peer-closed' && resolve(notice.reason));
    });
    const link = formatMagnet({ infoHash: metainfo.infoHash!, peers: [{ host: '127.0.0.1', port }] });
    await (await client.add(link, { path: out })).done;
    expect(await closed).toBe('no-room');
  });

  test('waiting for it ends with a signal, which says why it took so long', async () => {
    const client = newClient();
    const abort = new AbortController();
    const link = `magnet:?xt=urn:btih:${'ab'.repeat(20)}`;
    const added = client.add(link, { path: scratchFolder(), signal: abort.signal });
    await expect(client.add(link, { path: scratchFolder() })).rejects.toSatisfy(failsWith('already-added'));
    abort.abort();
    await expect(added).rejects.toThrow('no peers, and no tracker to ask for them');
    await expect(added).rejects.toSatisfy(failsWith('aborted'));
    await expect(client.add(link, { path: scratchFolder(), signal: abort.signal })).rejects.toSatisfy(
      failsWith('aborted'),
    );
  });

  test('waiting for it ends with the client, by its signal too', async () => {
    const abort = new AbortController();
    const client = newClient({ signal: abort.signal });
    const added = client.add(`magnet:?xt=urn:btih:${'ab'.repeat(20)}`, { path: scratchFolder() });
    abort.abort();
    await expect(added).rejects.toSatisfy(failsWith('closed'));
    await client.close();
  });

  test('of a hybrid, and then gives the hashes of its pieces, which are not in the metadata', async () => {
    const { metainfo, port, out } = await seeded({ version: 'hybrid' });
    const passing = newClient();
    const link = formatMagnet({ infoHash: metainfo.infoHash! });
    const torrent = await passing.add(link, { path: out, peers: [{ host: '127.0.0.1', port }] });
    expect(torrent.metainfo.files[0]!.pieceLayer).toBeUndefined();
    await torrent.done;
    const { piecesRoot, pieceLayer } = metainfo.files[0]!;
    const peer = await connectPeer({
      host: '127.0.0.1',
      port: await passing.listen(),
      infoHash: metainfo.infoHashV2!.subarray(0, 20),
      torrent: metainfo,
      offers: { v2: true },
    });
    const range = { piecesRoot: piecesRoot!, baseLayer: 0, index: 512, length: 512, proofLayers: 9 };
    peer.send({ type: 'hash-request', ...range });
    for await (const event of peer) {
      if (event.type !== 'hashes' && event.type !== 'hash-reject') continue;
      const { sha256 } = hashes;
      expect(event).toEqual({ type: 'hashes', ...range, hashes: new HashTree(pieceLayer!, 16_384, sha256).run(range) });
      break;
    }
    await peer.close();
  });

  test('of version 2 alone, with the hashes of the pieces from peers, who are then given them in turn', async () => {
    const {
      client: seeder,
      files,
      bytes,
      metainfo,
      port,
      out,
    } = await seededFolder([513 * 16_384 - 5, 16_384, 100_000, 0]);
    const link = formatMagnet({ infoHashV2: metainfo.infoHashV2! });
    const second = newClient();
    const passing = await second.add(link, { path: out, peers: [{ host: '127.0.0.1', port }] });
    const layersOf = ({ files: list }: Metainfo) => list.map(({ pieceLayer }) => pieceLayer && Buffer.from(pieceLayer));
    expect(layersOf(passing.metainfo)).toEqual(layersOf(parseMetainfo(bytes, hashes)));
    await passing.done;
    await seeder.close();
    const peers = [{ host: '127.0.0.1', port: await second.listen() }];
    const third = await newClient().add(link, { path: `${out}2`, peers });
    await third.done;
    for (const [index, content] of files.entries()) {
      expect(readFileSync(join(`${out}2`, 'seed', `${index}.bin`)).equals(content)).toBe(true);
    }
  });
});

describe('from a URL', () => {
  test('of a torrent file, redirected and packed', async () => {
    const { bytes, port, out } = await seeded();
    const url = await serve((request, response) => {
      if (request.url === '/old') response.writeHead(302, { location: '/new.torrent' }).end();
      else response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(bytes));
    });
    const torrent = await newClient().add(`${url}/old`, { path: out, peers: [{ host: '127.0.0.1', port }] });
    await torrent.done;
  });

  test('what is no torrent is refused with a reason that names no passkey', async () => {
    const url = await serve((request, response) => {
      if (request.url?.startsWith('/page')) response.end('<html>');
      else if (request.url?.startsWith('/bomb'))
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(80_000_000)));
      else if (request.url?.startsWith('/file')) response.writeHead(302, { location: 'file:///etc/passwd' }).end();
      else response.writeHead(404).end();
    });
    const client = newClient();
    for (const [page, message] of [
      ['page', 'does not send a torrent file'],
      ['bomb', 'larger than'],
      ['file', 'which is not http or https'],
      ['none', 'HTTP status 404'],
    ] as const) {
      const added = client.add(new URL(`${url}/${page}?passkey=secret`), { path: scratchFolder() });
      await expect(added).rejects.toSatisfy(failsWith('bad-source'));
      await expect(added).rejects.toThrow(message);
      await expect(added).rejects.not.toThrow('secret');
    }
  });

  test('fetching ends with a signal', async () => {
    const abort = new AbortController();
    const url = await serve(() => abort.abort());
    const added = newClient().add(`${url}/never`, { path: scratchFolder(), signal: abort.signal });
    await expect(added).rejects.toSatisfy(failsWith('aborted'));
  });
});

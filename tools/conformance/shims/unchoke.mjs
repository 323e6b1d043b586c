// The packages of Unchoke as a subject of `unchoke-conformance codec`.
import { Decoder, decode, encode, read } from '@unchoke/bencode';
import { blocksRoot, parseMagnet, parseMetainfo, pieceLayerRoot, safePath } from '@unchoke/metainfo';
import { hashes, sha256 } from '@unchoke/metainfo/node';
import {
  decodeAnnounceReply,
  decodeScrapeReply,
  decodeUdpReply,
  decodeUdpRequest,
  formatAddress,
  PeerList,
} from '@unchoke/tracker';
import {
  allowedFastSet,
  FrameDecoder,
  HandshakeDecoder,
  PeerLink,
  parseDontHave,
  parseExtendedHandshake,
  parseHolepunchMessage,
  parseMetadataMessage,
  parsePexMessage,
  parseReserved,
  parseUploadOnly,
} from '@unchoke/wire';
import { hexOf, serve, told } from './line-protocol.mjs';

const maybeHex = (bytes) => (bytes === undefined ? null : hexOf(bytes));
const hostPort = ({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);

function torrent(bytes) {
  const read = parseMetainfo(bytes, hashes);
  return {
    version: read.version,
    infoHash: maybeHex(read.infoHash),
    infoHashV2: maybeHex(read.infoHashV2),
    name: read.name,
    pieceLength: read.pieceLength,
    pieceCount: read.pieceCount,
    totalLength: read.totalLength,
    files: read.files.map(({ path, length, isPad }) => ({ path, length, pad: isPad })),
    trackers: read.trackerTiers,
    webSeeds: read.webSeeds,
    private: read.isPrivate,
  };
}

function magnet(bytes) {
  const link = parseMagnet(bytes.toString('utf8'));
  return {
    infoHash: maybeHex(link.infoHash),
    infoHashV2: maybeHex(link.infoHashV2),
    name: link.name ?? null,
    length: link.length ?? null,
    trackers: link.trackers,
    webSeeds: link.webSeeds,
    peers: link.peers.map(hostPort),
  };
}

function select(bytes) {
  const { infoHash, selectedFiles = [] } = parseMagnet(bytes.toString('utf8'));
  const files = selectedFiles.flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
  return { infoHash: maybeHex(infoHash), select: files };
}

function announceReply(bytes) {
  const reply = decodeAnnounceReply(bytes);
  if (reply.type === 'failure') return { failure: reply.reason, retryIn: reply.retryInMinutes ?? null };
  return {
    failure: null,
    interval: reply.intervalS ?? null,
    minInterval: reply.minIntervalS ?? null,
    complete: reply.complete ?? null,
    incomplete: reply.incomplete ?? null,
    peers: [...reply.peers].map(hostPort),
    trackerId: maybeHex(reply.trackerId),
    warning: reply.warning ?? null,
    externalIp: reply.externalIp ?? null,
  };
}

function scrapeReply(bytes) {
  const reply = decodeScrapeReply(bytes);
  if (reply.type === 'failure') return { failure: reply.reason };
  return { files: reply.swarms.map((swarm) => ({ ...swarm, infoHash: hexOf(swarm.infoHash) })) };
}

const id64 = (id) => id.toString(16).padStart(16, '0');

function udpReply(bytes, [family]) {
  const message = decodeUdpReply(bytes, Number(family));
  const { type, transactionId } = message;
  if (type === 'connect') return { type, transactionId, connectionId: id64(message.connectionId) };
  if (type === 'error') return { type, transactionId, message: message.message };
  if (type === 'scrape') {
    const swarms = message.swarms.map((swarm) => ({
      seeders: swarm.complete,
      completed: swarm.downloaded,
      leechers: swarm.incomplete,
    }));
    return { type, transactionId, swarms };
  }
  const { intervalS, complete, incomplete, peers } = message.reply;
  return {
    type,
    transactionId,
    interval: intervalS,
    leechers: incomplete,
    seeders: complete,
    peers: [...peers].map(hostPort),
  };
}

function udpRequest(bytes) {
  const message = decodeUdpRequest(bytes);
  const { type, transactionId } = message;
  if (type === 'connect') return { type, transactionId };
  const connectionId = id64(message.connectionId);
  if (type === 'scrape') return { type, transactionId, connectionId, infoHashes: message.infoHashes.map(hexOf) };
  const { infoHash, peerId, downloaded, left, uploaded, event = 'none', ip, key, numWant, port } = message.request;
  return {
    type,
    transactionId,
    connectionId,
    infoHash: hexOf(infoHash),
    peerId: hexOf(peerId),
    downloaded,
    left,
    uploaded,
    event,
    ip: ip ?? null,
    key,
    numWant: numWant ?? -1,
    port,
  };
}

function handshake(_, __, chunks) {
  const decoder = new HandshakeDecoder();
  for (const chunk of chunks) decoder.push(chunk);
  if (decoder.violation !== undefined) throw decoder.violation;
  if (decoder.handshake === undefined) throw new Error('not complete');
  const { infoHash, peerId, reserved } = decoder.handshake;
  return { infoHash: hexOf(infoHash), peerId: hexOf(peerId), reserved: hexOf(reserved), ...parseReserved(reserved) };
}

function frames(_, [pieceCount], chunks) {
  const decoder = new FrameDecoder({ pieceCount: Number(pieceCount) });
  const messages = [];
  for (const chunk of chunks) {
    for (const message of decoder.push(chunk)) messages.push(plain(message));
    if (decoder.violation !== undefined) throw decoder.violation;
  }
  const [only] = messages;
  if (messages.length === 1 && ['have', 'bitfield'].includes(only.type)) judgePieces(Number(pieceCount), chunks);
  return messages;
}

/** Which pieces there are is not for the decoder to judge, but for the link. */
function judgePieces(pieceCount, chunks) {
  const infoHash = new Uint8Array(20);
  const torrent = { totalLength: pieceCount * 16_384, pieceLength: 16_384 };
  const link = new PeerLink({ infoHash, torrent, peerId: new Uint8Array(20).fill(1) });
  const peer = new PeerLink({ infoHash, torrent, peerId: new Uint8Array(20).fill(2), offers: { fast: false } });
  link.greet();
  link.receive(peer.greet());
  for (const chunk of chunks) {
    const last = link.receive(chunk).at(-1);
    if (last?.type === 'protocol-violated') throw last.error;
  }
}

/** Bytes as hexadecimal digits. */
function plain(message) {
  const entries = Object.entries(message);
  return Object.fromEntries(entries.map(([key, value]) => [key, value instanceof Uint8Array ? hexOf(value) : value]));
}

/** A link judges what a peer may ask for. It is asked what a peer that may ask at all would be. */
function requestCheck(bytes, [totalLength, pieceLength]) {
  const infoHash = new Uint8Array(20);
  const torrent = { totalLength: Number(totalLength), pieceLength: Number(pieceLength) };
  const link = new PeerLink({ infoHash, torrent, peerId: new Uint8Array(20).fill(1) });
  const peer = new PeerLink({ infoHash, torrent, peerId: new Uint8Array(20).fill(2) });
  peer.receive(link.greet());
  link.receive(peer.greet());
  link.send({ type: 'have-all' });
  link.receive(peer.send({ type: 'have-none' }));
  link.receive(peer.send({ type: 'interested' }));
  link.send({ type: 'unchoke' });
  const last = link.receive(bytes).at(-1);
  if (last?.type === 'request') return true;
  throw last?.error ?? new Error(last?.oddity ?? 'not taken');
}

function stream(_, __, chunks) {
  const decoder = new Decoder();
  const values = chunks.flatMap((chunk) => decoder.push(chunk).map((item) => told(item)));
  decoder.end();
  return values;
}

function extendedHandshake(bytes) {
  const read = parseExtendedHandshake(bytes);
  const address = (packed) => (packed === undefined ? null : formatAddress(packed, 0, packed.length === 4 ? 4 : 6));
  return {
    m: Object.fromEntries(read.extensions ?? []),
    p: read.port ?? null,
    v: read.client ?? null,
    reqq: read.requestQueue ?? null,
    yourip: address(read.yourIp),
    metadataSize: read.metadataSize ?? null,
    uploadOnly: read.uploadOnly ?? null,
  };
}

function metadata(bytes) {
  const message = parseMetadataMessage(bytes);
  if (message.kind === 'unknown') return { type: 'unknown' };
  if (message.kind !== 'data') return { type: message.kind, piece: message.part };
  return { type: 'data', piece: message.part, totalSize: message.totalLength ?? null, data: hexOf(message.bytes) };
}

function pex(bytes) {
  const { added, dropped } = parsePexMessage(bytes);
  return {
    added: added.map((peer) => ({ peer: hostPort(peer), flags: peer.flags })),
    dropped: dropped.map(hostPort),
  };
}

function holepunch(bytes) {
  const message = parseHolepunchMessage(bytes);
  return { type: message.kind, peer: hostPort(message), errorCode: message.errorCode ?? null };
}

function allowedFast(infoHash, [ip, pieceCount, count]) {
  const spec = {
    infoHash,
    ip: Uint8Array.from(ip.split('.'), Number),
    pieceCount: Number(pieceCount),
    count: Number(count),
  };
  return allowedFastSet(spec, hashes.sha1).toSorted((a, b) => a - b);
}

function merkle(bytes, [word]) {
  const pieceLength = Number(word);
  if (bytes.length <= pieceLength) return { root: hexOf(blocksRoot(bytes, sha256)), layer: null };
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceLength) }, (_, index) =>
    blocksRoot(bytes.subarray(index * pieceLength, (index + 1) * pieceLength), sha256, pieceLength / 16_384),
  );
  const layer = Buffer.concat(pieces);
  return { root: hexOf(pieceLayerRoot(layer, pieceLength, sha256)), layer: hexOf(layer) };
}

serve('unchoke', '0.0.0', {
  bencode: (bytes) => told(decode(bytes)),
  'bencode-again': (bytes) => hexOf(encode(decode(bytes))),
  'bencode-stream': stream,
  'bencode-check': (bytes) => read(bytes) !== undefined,
  torrent,
  'torrent-v2': torrent,
  'torrent-check': (bytes) => torrent(bytes).pieceCount > 0,
  places: (bytes) =>
    parseMetainfo(bytes, hashes)
      .files.filter(({ isPad }) => !isPad)
      .map((file) => safePath(file).split('/')),
  links: (bytes) =>
    parseMetainfo(bytes, hashes).files.flatMap(({ symlinkTarget }) =>
      symlinkTarget === undefined ? [] : [symlinkTarget],
    ),
  magnet,
  'magnet-v2': magnet,
  'magnet-peers': magnet,
  'magnet-select': select,
  peers4: (bytes) => [...PeerList.fromCompact(bytes, 4)].map(hostPort),
  peers6: (bytes) => [...PeerList.fromCompact(bytes, 6)].map(hostPort),
  'announce-reply': announceReply,
  'announce-reply-check': (bytes) => decodeAnnounceReply(bytes).type === 'peers',
  'scrape-reply': scrapeReply,
  'udp-reply': udpReply,
  'udp-request': udpRequest,
  handshake,
  frames,
  'frames-fast': frames,
  'frames-v2': frames,
  'request-check': requestCheck,
  'extended-handshake': extendedHandshake,
  'ut-metadata': metadata,
  'ut-pex': pex,
  'ut-holepunch': holepunch,
  'lt-donthave': (bytes) => ({ piece: parseDontHave(bytes) }),
  'upload-only': (bytes) => ({ uploadOnly: parseUploadOnly(bytes) }),
  'allowed-fast': allowedFast,
  merkle,
});

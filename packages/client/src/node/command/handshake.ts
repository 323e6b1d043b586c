import { randomInt } from 'node:crypto';
import { connect } from 'node:net';
import { Geometry } from '@unchoke/pieces';
import { type ExtendedHandshake, identifyClient, type LinkEvent, makePeerId, PeerLink } from '@unchoke/wire';
import { PeerConnection } from '@unchoke/wire/node';
import type { PeerAddress } from '../../address-book.js';
import { EXIT } from './exit-codes.js';
import { Failure } from './failure.js';
import { counted, formatBytes, hex, printable } from './format.js';
import { Output, type OutputOptions } from './output.js';
import { type ReadOptions, readSubject, type Subject } from './read-torrent-file.js';
import { hostPort } from './values.js';

export interface HandshakeCommandOptions extends OutputOptions, ReadOptions {
  readonly timeout?: number;
}

/** What a peer says first may come in pieces; who has nothing and cannot say so stays silent. */
const FIRST_WORDS_MS = 2_000;
const TIMEOUT_MS = 15_000;

/** Greets a peer, listens to what it says first, and leaves. */
export async function handshake(source: string, address: string, options: HandshakeCommandOptions): Promise<void> {
  const output = new Output(options);
  const subject = await readSubject(source, options, output);
  const words = await greet(subject, placeOf(address), options.timeout ?? TIMEOUT_MS);
  const facts = factsOf(subject, words);
  output.result('handshake', { address, ...facts }, describe(address, facts, words));
}

function placeOf(address: string): PeerAddress {
  try {
    return hostPort(address);
  } catch (error) {
    throw new Failure(EXIT.badOption, `${address}: ${(error as Error).message}`);
  }
}

/** What a peer said, as it came. */
interface FirstWords {
  readonly connectMs: number;
  readonly handshakeMs: number;
  readonly events: readonly LinkEvent[];
}

async function greet(
  subject: Subject,
  { host, port }: { host: string; port: number },
  timeoutMs: number,
): Promise<FirstWords> {
  const torrent = subject.metainfo === undefined ? undefined : new Geometry(subject.metainfo);
  const link = new PeerLink({
    infoHash: subject.infoHash,
    peerId: makePeerId('0001', (bound) => randomInt(bound)),
    offers: { v2: subject.metainfo?.version === 'hybrid' },
    ...(torrent === undefined ? {} : { torrent }),
  });
  const startMs = performance.now();
  const socket = connect({ host, port });
  const peer = new PeerConnection(socket, link, { have: 'none', handshakeTimeoutMs: timeoutMs });
  let connectMs = 0;
  socket.once('connect', () => {
    connectMs = performance.now() - startMs;
    peer.write(link.greet());
  });
  const reason = await Promise.race([peer.met, peer.closed]);
  if (reason !== undefined) throw reason;
  const handshakeMs = performance.now() - startMs - connectMs;
  const timer = setTimeout(() => void peer.close(), Math.min(timeoutMs, FIRST_WORDS_MS));
  const events: LinkEvent[] = [];
  for await (const event of peer) {
    events.push(event);
    if (hasSaidAll(events, link)) break;
  }
  clearTimeout(timer);
  await peer.close();
  return { connectMs, handshakeMs, events };
}

function hasSaidAll(events: readonly LinkEvent[], link: PeerLink): boolean {
  const isTold = events.some(({ type }) => type === 'bitfield' || type === 'have-all' || type === 'have-none');
  return isTold && (!link.isExtended || events.some(({ type }) => type === 'extended-handshake'));
}

interface HandshakeFacts {
  readonly infoHash: string | null;
  readonly peerId: string | null;
  readonly client: string | null;
  readonly clientVersion: string | null;
  readonly offers: readonly string[];
  readonly extensions: readonly string[];
  readonly requestQueue: number | null;
  readonly listenPort: number | null;
  readonly metadataSize: number | null;
  readonly uploadOnly: boolean | null;
  readonly haveCount: number | null;
  readonly pieceCount: number | null;
  readonly connectMs: number;
  readonly handshakeMs: number;
  readonly violation: string | null;
}

function factsOf(subject: Subject, { connectMs, handshakeMs, events }: FirstWords): HandshakeFacts {
  const greeting = events.find((event) => event.type === 'handshake-received');
  const extended: ExtendedHandshake = events.find((event) => event.type === 'extended-handshake')?.handshake ?? {};
  const violation = events.find((event) => event.type === 'protocol-violated');
  const peerId = greeting?.handshake.peerId;
  const named = peerId === undefined ? undefined : identifyClient(peerId);
  const { offers = {} } = greeting ?? {};
  return {
    infoHash: hex(greeting?.handshake.infoHash) ?? null,
    peerId: hex(peerId) ?? null,
    client: extended.client ?? named?.name ?? null,
    clientVersion: extended.client === undefined ? (named?.version ?? null) : null,
    offers: Object.entries(offers).flatMap(([name, isOffered]) => (isOffered ? [name] : [])),
    extensions: [...(extended.extensions?.keys() ?? [])],
    requestQueue: extended.requestQueue ?? null,
    listenPort: extended.port ?? null,
    metadataSize: extended.metadataSize ?? null,
    uploadOnly: extended.uploadOnly ?? null,
    haveCount: haveCountOf(events, subject.metainfo?.pieceCount) ?? null,
    pieceCount: subject.metainfo?.pieceCount ?? null,
    connectMs: Math.round(connectMs * 10) / 10,
    handshakeMs: Math.round(handshakeMs * 10) / 10,
    violation: violation === undefined ? null : violation.error.message,
  };
}

/** `undefined` when it said nothing, or all of a number that is not known. */
function haveCountOf(events: readonly LinkEvent[], pieceCount: number | undefined): number | undefined {
  let count: number | undefined;
  for (const event of events) {
    if (event.type === 'bitfield') count = event.bits.reduce((sum, byte) => sum + bitCount(byte), 0);
    else if (event.type === 'have-all') count = pieceCount;
    else if (event.type === 'have-none') count = 0;
    else if (event.type === 'have') count = (count ?? 0) + 1;
  }
  return count;
}

function bitCount(byte: number): number {
  let count = 0;
  for (let bits = byte; bits > 0; bits >>= 1) count += bits & 1;
  return count;
}

function describe(address: string, facts: HandshakeFacts, { events }: FirstWords): string {
  const { client, clientVersion, haveCount, pieceCount } = facts;
  const who =
    client === null ? 'a client without a name' : `${client}${clientVersion === null ? '' : ` ${clientVersion}`}`;
  const rows: (readonly [label: string, value: string | null])[] = [
    ['Client', who],
    ['Peer id', facts.peerId === null ? null : escapedId(facts.peerId)],
    ['Offers', facts.offers.join(', ') || 'nothing beyond the basics'],
    ['Extensions', facts.extensions.join(', ') || null],
    ['Has', pieces(haveCount, pieceCount, events)],
    ['Takes', facts.requestQueue === null ? null : `${counted(facts.requestQueue, 'request')} ahead`],
    ['Listens', facts.listenPort === null ? null : `on port ${facts.listenPort}`],
    ['Metadata', facts.metadataSize === null ? null : formatBytes(facts.metadataSize)],
    ['Upload only', facts.uploadOnly === null ? null : facts.uploadOnly ? 'yes' : 'no'],
    ['Time', `connected in ${facts.connectMs} ms (a round trip), greeted in ${facts.handshakeMs} ms`],
    ['But', facts.violation],
  ];
  const lines = rows.flatMap(([label, value]) => (value === null ? [] : [`  ${label.padEnd(12)}${printable(value)}`]));
  return [printable(address), ...lines].join('\n');
}

function pieces(haveCount: number | null, pieceCount: number | null, events: readonly LinkEvent[]): string {
  if (haveCount === null)
    return events.some(({ type }) => type === 'have-all') ? 'everything' : 'nothing, or it does not say';
  if (pieceCount === null) return counted(haveCount, 'piece');
  return `${haveCount} of ${counted(pieceCount, 'piece')} (${Math.floor((haveCount * 100) / pieceCount)} %)`;
}

/** The bytes of a peer id that are letters, and the others as `%XX`. */
function escapedId(peerId: string): string {
  return [...Buffer.from(peerId, 'hex')]
    .map((byte) =>
      byte > 0x20 && byte < 0x7f && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
}

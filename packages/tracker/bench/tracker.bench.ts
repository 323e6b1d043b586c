/*
 * Lists of 200 peers, read and written, against the npm packages that do the same, in turns, in one process.
 *
 *   npm run bench -w @unchoke/tracker              prints the table
 *   npm run bench -w @unchoke/tracker -- --write   also writes it into the README
 *
 * Every call gets another of 64 lists, made by chance. Figures are calls per second of processor time, of the median of the
 * rounds.
 */
import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import {
  decodeAnnounceReply,
  decodeUdpReply,
  dialablePeers,
  encodeAnnounceReply,
  encodeUdpReply,
  formatAnnounceUrl,
  PeerList,
  parseAnnounceQuery,
  type UdpAnnouncePeers,
} from '@unchoke/tracker';
import { fetchRivals } from './rivals.js';

const PEERS = 200;
const LISTS = 64;
const ROUNDS = 9;
const ROUND_MS = 60;

/** A piece of work on the list of a number; what it returns keeps it from being optimised away. */
type Work = (index: number) => number;

interface Row {
  readonly name: string;
  readonly ours: Work;
  readonly rivalName?: string;
  readonly rival?: Work | undefined;
}

const lists = Array.from({ length: LISTS }, (_, index) => randomList(index + 1));
const replies = lists.map(
  (v4): UdpAnnouncePeers => ({ type: 'peers', intervalS: 1800, complete: 9, incomplete: 8, peers: new PeerList(v4) }),
);
const datagrams = replies.map((reply) => encodeUdpReply({ type: 'announce', transactionId: 1, reply }, 4));
const bodies = replies.map((reply) => Buffer.from(encodeAnnounceReply(reply)));
const addresses = replies.map(({ peers }) => [...peers]);
const texts = addresses.map((peers) => peers.map(({ host, port }) => `${host}:${port}`));
const query = announceQuery();
const rivals = await fetchRivals();
check();

const rows: readonly Row[] = [
  { name: 'UDP announce reply: read', ours: (index) => udpPeers(datagrams[index]!).count },
  {
    name: 'UDP announce reply: write',
    ours: (index) => encodeUdpReply({ type: 'announce', transactionId: 1, reply: replies[index]! }, 4).length,
  },
  {
    name: 'HTTP announce reply: read',
    ours: (index) => httpPeers(bodies[index]!).count,
    rivalName: 'bencode',
    rival: rivals && ((index) => rivals.bencode.decode(bodies[index]!).peers.length),
  },
  { name: 'HTTP announce reply: write', ours: (index) => encodeAnnounceReply(replies[index]!).length },
  {
    name: 'compact list: read, check and de-duplicate every peer, write what may be dialled',
    ours: (index) => dialablePeers(replies[index]!.peers).count,
  },
  {
    name: 'compact list: every host as text, every port',
    ours: (index) => [...replies[index]!.peers].length,
    rivalName: 'compact2string',
    rival: rivals && ((index) => rivals.compact2string.multi(Buffer.from(lists[index]!.buffer)).length),
  },
  {
    name: 'compact list: write, from hosts as text',
    ours: (index) => PeerList.of(addresses[index]!).count,
    rivalName: 'string2compact',
    rival: rivals && ((index) => rivals.string2compact(texts[index]!).length),
  },
  { name: 'announce query of a client: read', ours: () => parseAnnounceQuery(query).port },
];

const table = format(rows.map((row) => ({ row, ...measure(row) })));
console.log(table);
if (process.argv.includes('--write')) writeInto(new URL('../README.md', import.meta.url), table);

/** Whoever is timed has to be right first. */
function check(): void {
  for (const [index, v4] of lists.entries()) {
    deepStrictEqual(udpPeers(datagrams[index]!).v4, v4);
    deepStrictEqual(Buffer.from(httpPeers(bodies[index]!).v4), Buffer.from(v4));
    deepStrictEqual(PeerList.of(addresses[index]!).v4, v4);
    strictEqual(dialablePeers(replies[index]!.peers).count, PEERS);
    if (rivals === undefined) continue;
    deepStrictEqual(rivals.compact2string.multi(Buffer.from(v4.buffer)), texts[index]);
    deepStrictEqual(rivals.string2compact(texts[index]!), Buffer.from(v4));
    deepStrictEqual(Buffer.from(rivals.bencode.decode(bodies[index]!).peers), Buffer.from(v4));
  }
}

function measure({ ours, rival }: Row): { readonly perSecond: number; readonly ratio: number | undefined } {
  const works = rival === undefined ? [ours] : [ours, rival];
  const batches = works.map(batchLength);
  const rates = works.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, work] of works.entries()) rates[index]!.push(rate(work, batches[index]!));
  }
  const [perSecond, rivalPerSecond] = rates.map(median);
  return { perSecond: perSecond!, ratio: rivalPerSecond === undefined ? undefined : perSecond! / rivalPerSecond };
}

/** How many calls fill a round; counting up to it warms the work. */
function batchLength(work: Work): number {
  for (let calls = 1024; ; calls *= 2) {
    const perSecond = rate(work, calls);
    if (calls / perSecond > ROUND_MS / 1000) return calls;
  }
}

/** Calls per second of processor time: somebody else's load on this machine does not count. */
function rate(work: Work, calls: number): number {
  const before = process.cpuUsage();
  let sum = 0;
  for (let call = 0; call < calls; call++) sum += work(call % LISTS);
  ok(sum > 0);
  const { user, system } = process.cpuUsage(before);
  return calls / ((user + system + 1) / 1e6);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function udpPeers(datagram: Uint8Array): PeerList {
  const message = decodeUdpReply(datagram, 4);
  return message.type === 'announce' ? message.reply.peers : PeerList.empty;
}

function httpPeers(body: Uint8Array): PeerList {
  const reply = decodeAnnounceReply(body);
  return reply.type === 'peers' ? reply.peers : PeerList.empty;
}

/** Distinct addresses that may be dialled. */
function randomList(seed: number): Uint8Array {
  let state = seed * 2_654_435_761;
  const next = (bound: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % bound;
  };
  const list = new Uint8Array(PEERS * 6);
  for (let peer = 0; peer < PEERS; peer++)
    list.set([11 + next(80), next(256), next(256), peer, 4 + next(250), next(256)], peer * 6);
  return list;
}

function announceQuery(): string {
  const hash = Uint8Array.from({ length: 20 }, (_, index) => index * 13);
  const totals = { port: 6881, uploaded: 0, downloaded: 0, left: 16_384 };
  const request = {
    infoHash: hash,
    peerId: hash,
    ...totals,
    numWant: 50,
    key: 77,
    compact: true,
    event: 'started',
  } as const;
  return formatAnnounceUrl('http://t/announce', request).slice('http://t/announce?'.length);
}

function format(
  measured: readonly { readonly row: Row; readonly perSecond: number; readonly ratio: number | undefined }[],
): string {
  const lines = measured.map(({ row, perSecond, ratio }) => {
    const against = ratio === undefined ? '' : `${ratio.toFixed(1)}× ${row.rivalName}`;
    return `| ${row.name} | ${rounded(perSecond)} | ${against} |`;
  });
  const where = `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}, one core`;
  return ['| 200 peers | per second | against |', '| --- | ---: | --- |', ...lines, '', `${where}.`].join('\n');
}

/** Two digits are as many as can be repeated. */
function rounded(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en');
}

function writeInto(readme: URL, text: string): void {
  const before = readFileSync(readme, 'utf8');
  const after = before.replace(/(<!-- bench -->\n)[\s\S]*(<!-- \/bench -->)/, `$1\n${text}\n\n$2`);
  writeFileSync(readme, after);
}

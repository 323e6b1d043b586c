import { setTimeout as after } from 'node:timers/promises';
import type { HttpChange } from '@unchoke/mock-tracker';
import { TrackerError } from '@unchoke/tracker';
import { announce, UdpTransport } from '@unchoke/tracker/node';
import { forkSource } from './crowd.js';

/** What the process with the tracker is told. */
export interface AbuseOrder {
  /** 40 hexadecimal digits. */
  readonly infoHash: string;
  /** The one peer that is really there, as `host:port`. */
  readonly truth: string;
}

/** How a tracker abuses who asks: over HTTP, where `port` is one that nobody may be led to, or over UDP. */
interface Hostile {
  readonly name: string;
  readonly http?: (port: number) => HttpChange;
  readonly udp?: { readonly strays: number };
  /** In each round; else once. */
  readonly times?: number;
  /** What is to come of it: the true answer, or an error. */
  readonly outcome: string;
}

/** 10,000 in all rounds; no more before one answer than the system keeps for a socket that is busy. */
const STRAYS_EACH = 50;
const STRAYS_TIMES = 67;
const GIB = 2 ** 30;

export const HOSTILE: readonly Hostile[] = [
  { name: 'redirect-loop', http: () => ({ redirect: 'loop' }), outcome: 'target-refused' },
  {
    name: 'redirect-to-router',
    http: (port) => ({ redirect: `http://127.0.0.1:${port}/admin?reboot=1` }),
    outcome: 'target-refused',
  },
  {
    name: 'redirect-to-page',
    http: (port) => ({ redirect: `http://localhost:${port}/` }),
    outcome: 'target-refused',
  },
  { name: 'redirect-to-file', http: () => ({ redirect: 'file:///etc/passwd' }), outcome: 'target-refused' },
  { name: 'redirect-to-nobody', http: () => ({ redirect: 'http://0.0.0.0/announce' }), outcome: 'target-refused' },
  { name: 'gzip-bomb', http: () => ({ encoding: 'gzip-bomb', bombBytes: GIB }), outcome: 'too-large' },
  { name: 'endless', http: () => ({ endless: true }), outcome: 'too-large' },
  { name: 'strays', udp: { strays: STRAYS_EACH }, times: STRAYS_TIMES, outcome: 'truth' },
];

export interface TrackerAbuse {
  readonly outcomes: { readonly [name: string]: string };
  /** Of the process, over what it needs for an honest tracker. */
  readonly rssGrowthMiB: number;
  /** Requests to where no tracker may lead us. */
  readonly forbiddenRequests: number;
}

const INFO_HASH = new Uint8Array(20).fill(0x14);
const TRUTH = { host: '127.0.0.1', port: 6881 };
const ROUNDS = 3;

/** T14, over real sockets: each abuse a few times. */
export async function sufferTrackers(): Promise<TrackerAbuse> {
  const child = forkSource('./abuse-process.ts');
  const ask = (order: object | string) =>
    new Promise<unknown>((resolve) => {
      child.once('message', resolve);
      child.send(order);
    });
  const udp = new UdpTransport();
  try {
    const order: AbuseOrder = { infoHash: '14'.repeat(20), truth: `${TRUTH.host}:${TRUTH.port}` };
    const urls = (await ask(order)) as { readonly http: string; readonly udp: string };
    for (const url of Object.values(urls)) await outcomeOf(url, 'nobody', udp);
    const outcomes: { [name: string]: string } = {};
    const rssAtStart = process.memoryUsage.rss();
    let rssMax = rssAtStart;
    const watch = setInterval(() => {
      rssMax = Math.max(rssMax, process.memoryUsage.rss());
    }, 10);
    for (let round = 0; round < ROUNDS; round++) {
      for (const { name, http, times = 1 } of HOSTILE) {
        for (let time = 0; time < times; time++) {
          const outcome = await outcomeOf(http === undefined ? urls.udp : urls.http, name, udp);
          outcomes[name] = outcomes[name] === undefined || outcomes[name] === outcome ? outcome : 'it depends';
        }
      }
    }
    await after(100);
    clearInterval(watch);
    const forbiddenRequests = Number(await ask('how many?'));
    return { outcomes, rssGrowthMiB: Math.round((rssMax - rssAtStart) / 1_048_576), forbiddenRequests };
  } finally {
    udp.close();
    child.kill('SIGKILL');
  }
}

/** `truth` when the peers are those that are really there, or the code of the error. */
async function outcomeOf(url: string, name: string, udp: UdpTransport): Promise<string> {
  const peerId = Buffer.from(name.padEnd(20, '-').slice(0, 20));
  const request = { infoHash: INFO_HASH, peerId, port: 6882, uploaded: 0, downloaded: 0, left: 1 };
  try {
    const { peers } = await announce(url, request, { udp });
    const [peer, ...others] = peers;
    return peer?.port === TRUTH.port && peer.host === TRUTH.host && others.length === 0 ? 'truth' : 'lies';
  } catch (error) {
    if (TrackerError.isInstance(error)) return error.code;
    throw error;
  }
}

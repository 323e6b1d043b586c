import { randomBytes } from 'node:crypto';
import { packAddress } from '@unchoke/tracker';
import { byteText, hexBytes, hexText } from '../byte-text.js';
import { MockTrackerError } from '../errors.js';
import type { Exchange } from '../exchange.js';
import { type Stats, type SwarmStats, statsOf, swarmStats } from '../http/stats-page.js';
import { CONNECTIONS_MAX, EXCHANGES_KEPT } from '../limits.js';
import { seededRandom } from '../random.js';
import { parseScenario } from '../scenario/parse-scenario.js';
import type { TrackerScenario } from '../scenario/tracker-scenario.js';
import { TrackerBook, type TrackerBookOptions } from '../tracker-book.js';
import { TrackerState } from '../tracker-state.js';
import { ConnectionIds } from '../udp/connection-ids.js';
import { UdpFront } from '../udp/udp-front.js';
import { authorityOf } from './authority.js';
import { HttpShell } from './http-shell.js';
import { UdpShell } from './udp-shell.js';

/** How the tracker runs; everything is optional. */
export interface MockTrackerOptions extends TrackerBookOptions {
  /** The address, or addresses, to listen on. Default `127.0.0.1`; `['127.0.0.1', '::1']` serves both families. */
  readonly host?: string | readonly string[];
  /** The port for HTTP and UDP alike; 0, the default, lets the system choose one. */
  readonly port?: number;
  /** How to misbehave; not at all without it. Checked as if it came from a file. */
  readonly scenario?: TrackerScenario;
  /** Repeats the choice of peers. Without it every tracker chooses differently. */
  readonly seed?: number;
  /** HTTP connections open at once; one more is told so and closed. Default 4,000. */
  readonly connectionsMax?: number;
  /** How many exchanges `requests` keeps, the latest; default 10,000. With 0 and no `onExchange` none is even built. */
  readonly requestsKept?: number;
  /** Called for every request, as soon as its answer is known. */
  readonly onExchange?: (exchange: Exchange) => void;
}

/** A tracker that runs. */
export interface MockTracker {
  readonly port: number;
  /** `http://127.0.0.1:6969/announce`, on the first address. */
  readonly announceUrl: string;
  /** `udp://127.0.0.1:6969/announce`. */
  readonly udpUrl: string;
  /** Where people look: `http://127.0.0.1:6969/stats`. */
  readonly statsUrl: string;
  /** Every address, for both protocols. */
  readonly urls: readonly { readonly announceUrl: string; readonly udpUrl: string }[];
  /** What was asked and answered, oldest first. */
  readonly requests: readonly Exchange[];
  /** One swarm as the tracker knows it; the info-hash as 20 bytes or 40 hexadecimal digits. */
  swarm(infoHash: Uint8Array | string): SwarmStats | undefined;
  stats(): Stats;
  /** Replaces the rules from the next request on; `{ rules: [] }` makes the tracker behave. */
  setScenario(scenario: TrackerScenario): void;
  /** Closes both ports and every connection. Again is harmless. */
  close(): Promise<void>;
}

/**
 * Starts a tracker for HTTP and UDP on one port number.
 *
 * @example
 * ```ts
 * import { startMockTracker } from '@unchoke/mock-tracker';
 * const tracker = await startMockTracker({ port: 0 });
 * const query = `info_hash=${'h'.repeat(20)}&peer_id=${'p'.repeat(20)}&port=6881&left=0`;
 * await fetch(`${tracker.announceUrl}?${query}`);
 * console.log(tracker.swarm('68'.repeat(20))?.complete); // 1
 * await tracker.close();
 * ```
 */
export async function startMockTracker(options: MockTrackerOptions = {}): Promise<MockTracker> {
  const hosts = typeof options.host === 'string' ? [options.host] : [...(options.host ?? ['127.0.0.1'])];
  checkHosts(hosts);
  const scenario = options.scenario === undefined ? undefined : parseScenario(options.scenario);
  const book = new TrackerBook(seededRandom(options.seed ?? randomBytes(6).readUIntBE(0, 6)), options);
  const requests = new KeptExchanges(options.requestsKept ?? EXCHANGES_KEPT);
  const state = new TrackerState(book, observer(options, requests));
  if (scenario !== undefined) state.setScenario(scenario);
  const startedMs = performance.now();
  const nowMs = (): number => performance.now() - startedMs;
  const { port, close } = await listenEverywhere(hosts, options, state, nowMs);
  const urls = hosts.map((host) => {
    const authority = authorityOf(host, port);
    return { announceUrl: `http://${authority}/announce`, udpUrl: `udp://${authority}/announce` };
  });
  const first = urls[0]!;
  let closing: Promise<void> | undefined;
  return {
    port,
    ...first,
    statsUrl: first.announceUrl.replace(/announce$/, 'stats'),
    urls,
    get requests() {
      return requests.latest();
    },
    swarm: (infoHash) => {
      book.expire(nowMs());
      const known = book.swarm(hashText(infoHash));
      return known === undefined ? undefined : swarmStats(known, nowMs());
    },
    stats: () => statsOf(state, nowMs()),
    setScenario: (next) => state.setScenario(parseScenario(next)),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

interface Listening {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** With port 0, a number that is free for TCP may be taken for UDP, or on the next address: then another is tried. */
async function listenEverywhere(
  hosts: readonly string[],
  { connectionsMax = CONNECTIONS_MAX, port = 0 }: MockTrackerOptions,
  state: TrackerState,
  nowMs: () => number,
): Promise<Listening> {
  // The IPv6 socket of a pair must leave the IPv4 addresses to the other.
  const ipv6Only = hosts.some((host) => !host.includes(':'));
  const key = new Uint32Array(new Uint8Array(randomBytes(8)).buffer);
  for (let attempt = 1; ; attempt++) {
    const shells: { close(): Promise<void> }[] = [];
    const close = async (): Promise<void> => void (await Promise.all(shells.map((shell) => shell.close())));
    try {
      let chosen = port;
      for (const host of hosts) {
        const http = new HttpShell(state, nowMs, connectionsMax);
        shells.push(http);
        chosen = await http.listen(host, chosen, ipv6Only);
        const udp = new UdpShell(new UdpFront(state, new ConnectionIds(key)), nowMs, host, ipv6Only);
        shells.push(udp);
        await udp.listen(host, chosen);
      }
      return { port: chosen, close };
    } catch (error) {
      await close();
      const reason = error instanceof Error ? error.message : String(error);
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (port !== 0 || !isTaken || attempt === PORT_ATTEMPTS_MAX) {
        throw new MockTrackerError('cannot-listen', `cannot listen on ${hosts.join(', ')} port ${port}: ${reason}`);
      }
    }
  }
}

const PORT_ATTEMPTS_MAX = 50;

function checkHosts(hosts: readonly string[]): void {
  if (hosts.length === 0) throw new MockTrackerError('bad-option', 'host: expected at least one address');
  for (const host of hosts) {
    // A name may stand for several addresses, and for others tomorrow.
    if (packAddress(host) === undefined) {
      throw new MockTrackerError('bad-option', `host: expected an IP address, found ${JSON.stringify(host)}`);
    }
  }
}

function observer(options: MockTrackerOptions, kept: KeptExchanges): ((exchange: Exchange) => void) | undefined {
  const { onExchange } = options;
  if (kept.countMax === 0) return onExchange;
  return (exchange) => {
    kept.add(exchange);
    onExchange?.(exchange);
  };
}

/** The latest exchanges. Dropping the oldest one by one would move all others each time, so half go at once. */
class KeptExchanges {
  readonly countMax: number;
  #exchanges: Exchange[] = [];

  constructor(countMax: number) {
    this.countMax = countMax;
  }

  add(exchange: Exchange): void {
    if (this.#exchanges.length >= this.countMax * 2) this.#exchanges = this.#exchanges.slice(-this.countMax);
    this.#exchanges.push(exchange);
  }

  latest(): readonly Exchange[] {
    return this.#exchanges.slice(-this.countMax);
  }
}

function hashText(infoHash: Uint8Array | string): string {
  const bytes = typeof infoHash === 'string' ? hexBytes(infoHash) : infoHash;
  if (bytes?.length === 20) return byteText(bytes);
  const shown = typeof infoHash === 'string' ? JSON.stringify(infoHash) : `0x${hexText(infoHash)}`;
  throw new MockTrackerError('bad-option', `infoHash: expected 20 bytes or 40 hexadecimal digits, found ${shown}`);
}

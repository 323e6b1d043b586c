import { formatAddress } from '@unchoke/tracker';
import { hexText, printable, textBytes } from '../byte-text.js';
import type { RuleCount } from '../scenario/judge.js';
import type { Swarm } from '../swarm.js';
import type { Counters, TrackerState } from '../tracker-state.js';

/** What `/stats` shows. */
export interface Stats {
  readonly uptimeS: number;
  readonly peerCount: number;
  readonly swarmCount: number;
  readonly requests: Readonly<Counters>;
  readonly rules: readonly RuleCount[];
  /** The biggest swarms first; at most 100. */
  readonly swarms: readonly SwarmStats[];
}

/** One torrent, for people to look at. */
export interface SwarmStats {
  /** Hexadecimal digits. */
  readonly infoHash: string;
  readonly complete: number;
  readonly incomplete: number;
  readonly downloaded: number;
  /** At most 50. */
  readonly peers: readonly PeerStats[];
}

/** One peer of a torrent, for people to look at. */
export interface PeerStats {
  readonly peerId: string;
  readonly addresses: readonly string[];
  readonly isSeed: boolean;
  readonly silentS: number;
}

export function statsOf(state: TrackerState, nowMs: number): Stats {
  state.book.expire(nowMs);
  const swarms = [...state.book.swarms()];
  const biggest = swarms.sort((left, right) => right.peerCount - left.peerCount).slice(0, SWARMS_SHOWN);
  return {
    uptimeS: Math.floor(nowMs / 1_000),
    peerCount: state.book.peerCount,
    swarmCount: swarms.length,
    requests: { ...state.counters },
    rules: state.judge?.counts() ?? [],
    swarms: biggest.map((swarm) => swarmStats(swarm, nowMs)),
  };
}

export function swarmStats(swarm: Swarm, nowMs: number): SwarmStats {
  const { complete, downloaded, incomplete, infoHash } = swarm;
  return {
    infoHash: hexText(textBytes(infoHash)),
    complete,
    incomplete,
    downloaded,
    peers: swarm.firstPeers(PEERS_SHOWN).map((peer) => ({
      peerId: printable(peer.peerId),
      addresses: [peer.ipv4, peer.ipv6]
        .filter((seat) => seat !== undefined)
        .map(({ endpoint }) => endpointText(endpoint)),
      isSeed: peer.isSeed,
      silentS: Math.floor((nowMs - peer.lastSeenMs) / 1_000),
    })),
  };
}

/** The page in one of its two forms. */
export function statsPage(
  state: TrackerState,
  wantsJson: boolean,
  nowMs: number,
): { contentType: string; body: string } {
  const stats = statsOf(state, nowMs);
  if (wantsJson) return { contentType: 'application/json', body: `${JSON.stringify(stats, null, 2)}\n` };
  return { contentType: 'text/html; charset=utf-8', body: html(stats) };
}

/** Whether a request names this tracker by a name that somebody else controls. */
export function isGuestHost(host: string | undefined): boolean {
  if (host === undefined) return false;
  return !/^(localhost|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\])(:\d{1,5})?$/.test(host);
}

/** `127.0.0.1:6881`, `[::1]:6881`. */
export function endpointText(endpoint: Uint8Array): string {
  const addressLength = endpoint.length - 2;
  const port = endpoint[addressLength]! * 256 + endpoint[addressLength + 1]!;
  const address = formatAddress(endpoint.subarray(0, addressLength));
  return addressLength === 4 ? `${address}:${port}` : `[${address}]:${port}`;
}

function html(stats: Stats): string {
  const { requests } = stats;
  const tiles = [
    tile(stats.swarmCount, 'torrents'),
    tile(stats.peerCount, 'peers'),
    tile(requests.httpAnnounces, 'HTTP announces'),
    tile(requests.udpAnnounces, 'UDP announces'),
    tile(requests.httpScrapes + requests.udpScrapes, 'scrapes'),
    tile(requests.failures, 'failures'),
    tile(requests.refused, 'refused'),
    tile(requests.misbehaved, 'misbehaved'),
  ];
  const rules = stats.rules.length === 0 ? '' : `<h2>Rules</h2>${rulesTable(stats.rules)}`;
  const swarms =
    stats.swarms.length === 0 ? '<p>No torrent has been announced yet.</p>' : stats.swarms.map(swarmSection).join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width"><title>mock tracker</title><style>${STYLE}</style></head><body>
<header><h1>mock tracker</h1><p>up ${duration(stats.uptimeS)} · <a href="/stats.json">as JSON</a></p></header>
<ul class="tiles">${tiles.join('')}</ul>${rules}<h2>Torrents</h2>${swarms}</body></html>\n`;
}

function tile(count: number, label: string): string {
  return `<li><b>${count.toLocaleString('en')}</b> ${label}</li>`;
}

function rulesTable(rules: readonly RuleCount[]): string {
  const rows = rules.map(
    ({ name, met, applied }) =>
      `<tr><td>${escaped(name)}</td><td class="n">${met}</td><td class="n">${applied}</td></tr>`,
  );
  return `<table><tr><th>rule</th><th class="n">met</th><th class="n">applied</th></tr>${rows.join('')}</table>`;
}

function swarmSection(swarm: SwarmStats): string {
  const { complete, downloaded, incomplete, infoHash, peers } = swarm;
  const rows = peers.map(
    ({ addresses, isSeed, peerId, silentS }) =>
      `<tr><td>${escaped(addresses.join(' '))}</td><td><code>${escaped(peerId)}</code></td><td>${isSeed ? 'seed' : 'leech'}</td><td class="n">${duration(silentS)} ago</td></tr>`,
  );
  const hidden = complete + incomplete - peers.length;
  const more = hidden > 0 ? `<p>and ${hidden.toLocaleString('en')} more</p>` : '';
  const table =
    peers.length === 0
      ? ''
      : `<table><tr><th>address</th><th>peer id</th><th>role</th><th class="n">announced</th></tr>${rows.join('')}</table>`;
  return `<section><h3><code>${infoHash}</code></h3><p><b>${complete}</b> seeds · <b>${incomplete}</b> leeches · <b>${downloaded}</b> finished downloads</p>${table}${more}</section>`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const SWARMS_SHOWN = 100;
const PEERS_SHOWN = 50;

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
header { display: flex; align-items: baseline; gap: 1rem; flex-wrap: wrap; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; } p { margin: .25rem 0; }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: .5rem; list-style: none; margin: 1rem 0; padding: 0; }
.tiles li { background: var(--soft); border-radius: .4rem; padding: .5rem .75rem; } .tiles b { display: block; font-size: 1.4rem; }
section { border: 1px solid var(--line); border-radius: .4rem; padding: .75rem 1rem; margin: .75rem 0; }
table { border-collapse: collapse; width: 100%; margin-top: .5rem; } th { text-align: left; font-weight: 600; }
th, td { padding: .15rem .75rem .15rem 0; border-top: 1px solid var(--line); } tr:first-child th { border-top: 0; }
@media (max-width: 40rem) { .tiles { grid-template-columns: repeat(2, 1fr); } }
.n { text-align: right; padding-right: 0; font-variant-numeric: tabular-nums; } code { font: .9em ui-monospace, monospace; }
`;

import type { Kit } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import { type Bencode, decodeBencode } from '../bencode.js';
import { compactPeers, percent, randomText } from '../bytes.js';
import type { KnownTorrents } from '../known-torrents.js';
import type { TrackerAddress } from '../subject.js';
import { type HttpAnswer, type HttpOutcome, type HttpTalk, talkHttp } from './raw-http.js';

/** What an announce says; whatever is missing is said as an ordinary client would. */
export interface Announce {
  readonly infoHash: string;
  readonly peerId?: string;
  readonly port?: number;
  readonly left?: number;
  readonly event?: string;
  /** Instead of `compact=1`. */
  readonly compact?: string;
  readonly numWant?: number;
  /** More of the query, from `&` on. */
  readonly more?: string;
}

/** What came back. */
export interface AnnounceReply {
  readonly answer: HttpAnswer;
  /** The body, where it is a dictionary. */
  readonly dict: ReadonlyMap<string, Bencode> | undefined;
  readonly failure: string | undefined;
  /** Like `127.0.0.1:6881`. */
  readonly peers: readonly string[];
}

/** What a refusal says, where it is about the torrent and not about the request. */
const UNREGISTERED =
  /not? (registered|authori[sz]ed|allowed)|unregistered|unauthori[sz]ed|unknown torrent|torrent not/i;

/** A tracker over HTTP, spoken to by hand. */
export class HttpTracker {
  readonly address: TrackerAddress;
  readonly kit: Kit;
  readonly #known: KnownTorrents | undefined;
  #nextPort: number;

  constructor(address: TrackerAddress, kit: Kit, known?: KnownTorrents) {
    this.address = address;
    this.#known = known;
    this.kit = kit;
    this.#nextPort = 10_000 + kit.randomBelow(40_000);
  }

  /** An info-hash that nobody else has. */
  newTorrent(): string {
    if (this.#known === undefined) return randomText(20, this.kit.randomBelow);
    return this.#known.take() ?? notApplicable('the list of torrents that it knows is used up');
  }

  /** A torrent that this case has made up is of no use where only listed ones are taken. */
  mustKnow(infoHash: string): void {
    if (this.#known?.has(infoHash) === false) notApplicable('it only takes torrents that it knows');
  }

  newPeerId(): string {
    return `-XX0001-${Array.from({ length: 12 }, () => this.kit.randomBelow(10)).join('')}`;
  }

  newPort(): number {
    return this.#nextPort++;
  }

  /** Joins, or whatever else the announce says; a refusal is a failure of the case. */
  async announce(announce: Announce): Promise<AnnounceReply> {
    this.mustKnow(announce.infoHash);
    const reply = await this.ask(announceQuery(announce, this));
    if (reply.failure !== undefined && UNREGISTERED.test(reply.failure)) {
      notApplicable(`it only takes torrents that it knows: ${reply.failure}`);
    }
    if (reply.failure !== undefined) fail(`it refused an ordinary announce: ${reply.failure}`);
    if (reply.dict === undefined) fail(`it answered an ordinary announce with ${shown(reply.answer)}`);
    return reply;
  }

  /** A new peer of a torrent, and its port. */
  async join(
    infoHash: string,
    more: Partial<Announce> = {},
  ): Promise<{ readonly port: number; readonly peerId: string }> {
    const { port = this.newPort(), peerId = this.newPeerId() } = more;
    await this.announce({ event: 'started', ...more, infoHash, port, peerId });
    return { port, peerId };
  }

  /** The ports that a newcomer is told, without its own: some trackers tell everybody of everybody. */
  async portsSeen(infoHash: string): Promise<readonly number[]> {
    const own = this.newPort();
    const { peers } = await this.announce({ infoHash, port: own });
    return peers.map((peer) => Number(peer.slice(peer.lastIndexOf(':') + 1))).filter((port) => port !== own);
  }

  /** An announce that asks for dictionaries of peers; `undefined` where they are refused, as BEP 23 lets it. */
  async dictionaries(announce: Announce): Promise<AnnounceReply | undefined> {
    this.mustKnow(announce.infoHash);
    const reply = await this.ask(announceQuery({ ...announce, compact: 'compact=0' }, this));
    return reply.dict === undefined || reply.failure !== undefined ? undefined : reply;
  }

  /** Any query to the announce path; the answer may be anything. */
  async ask(query: string): Promise<AnnounceReply> {
    const answer = await this.get(withQuery(this.address.path, query));
    return readReply(answer);
  }

  /** Gets a target. No answer at all is a failure of the case. */
  async get(target: string): Promise<HttpAnswer> {
    const { answers, isLate, rest } = await this.talk({ chunks: [this.head(target)] });
    if (answers[0] !== undefined) return answers[0];
    return fail(
      isLate
        ? 'it did not answer'
        : `it closed without an answer${rest === '' ? '' : `, after ${JSON.stringify(rest.slice(0, 80))}`}`,
    );
  }

  talk(talk: HttpTalk): Promise<HttpOutcome> {
    this.kit.log({ sent: talk.chunks.map((chunk) => chunk.slice(0, 500)) });
    return talkHttp(this.address, this.kit, talk);
  }

  /** The head of a request. */
  head(
    target: string,
    more: { readonly method?: string; readonly version?: string; readonly headers?: string } = {},
  ): string {
    const { method = 'GET', version = '1.1', headers = 'Connection: close\r\n' } = more;
    return `${method} ${target} HTTP/${version}\r\nHost: ${this.address.host}:${this.address.port}\r\n${headers}\r\n`;
  }

  /** The target of an ordinary announce. */
  target(announce: Announce): string {
    return withQuery(this.address.path, announceQuery(announce, this));
  }

  /** It still answers an ordinary announce. */
  async mustLive(): Promise<void> {
    await this.announce({ infoHash: this.newTorrent() });
  }
}

/** BEP 48: the last `announce` of the path becomes `scrape`. */
export function scrapePath(path: string): string | undefined {
  const [name = '', query] = path.split('?', 2);
  const at = name.lastIndexOf('/') + 1;
  if (!name.startsWith('announce', at)) return undefined;
  return `${name.slice(0, at)}scrape${name.slice(at + 'announce'.length)}${query === undefined ? '' : `?${query}`}`;
}

export function withQuery(path: string, query: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

/** The query of an announce. */
export function announceQuery(announce: Announce, fresh: Pick<HttpTracker, 'newPeerId' | 'newPort'>): string {
  const {
    infoHash,
    peerId = fresh.newPeerId(),
    port = fresh.newPort(),
    left = 1000,
    event,
    compact,
    numWant,
    more,
  } = announce;
  const counts = `port=${port}&uploaded=0&downloaded=0&left=${left}`;
  return [
    `info_hash=${percent(infoHash)}&peer_id=${percent(peerId)}&${counts}`,
    `&${compact ?? 'compact=1'}`.replace(/^&$/, ''),
    event === undefined ? '' : `&event=${event}`,
    numWant === undefined ? '' : `&numwant=${numWant}`,
    more ?? '',
  ].join('');
}

/** Reads an answer to an announce. */
export function readReply(answer: HttpAnswer): AnnounceReply {
  const value = decodeBencode(answer.body)?.value;
  if (!(value instanceof Map)) return { answer, dict: undefined, failure: undefined, peers: [] };
  const dict: ReadonlyMap<string, Bencode> = value;
  const failure = dict.get('failure reason');
  return { answer, dict, failure: failure === undefined ? undefined : String(failure), peers: peersOf(dict) };
}

function peersOf(dict: ReadonlyMap<string, Bencode>): readonly string[] {
  const peers = dict.get('peers');
  const peers6 = dict.get('peers6');
  const listed = Array.isArray(peers) ? (peers as readonly Bencode[]) : [];
  return [
    ...(typeof peers === 'string' ? compactPeers(peers, 4) : []),
    ...(typeof peers6 === 'string' ? compactPeers(peers6, 16) : []),
    ...listed.map((peer) => (peer instanceof Map ? `${peer.get('ip')}:${peer.get('port')}` : 'no peer:0')),
  ];
}

/** An answer in a sentence. */
export function shown({ status, body }: HttpAnswer): string {
  return `status ${status} and ${body === '' ? 'nothing' : JSON.stringify(body.slice(0, 100))}`;
}

import { type AnnounceAnswer as BookAnswer, byteText, TrackerBook } from '@unchoke/mock-tracker';
import { type AnnounceAction, type AnnouncerEvent, PeerList, packPeer } from '@unchoke/tracker';
import type { VirtualTime } from './virtual-time.js';

/** Who asks, as a tracker sees it. */
export interface Asker {
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  readonly address: { readonly host: string; readonly port: number };
  readonly left: number;
}

/** The book of the mock tracker behind a line that can fail. */
export class VirtualTracker {
  readonly url: string;
  readonly #time: VirtualTime;
  readonly #book: TrackerBook;
  readonly #latencyMs: number;
  /** Outages that last now, each one more reason not to answer. */
  outages = 0;
  /** `refuse` answers with an error at once, `silence` never. */
  outageKind: 'refuse' | 'silence' = 'refuse';
  announceCount = 0;

  constructor(
    url: string,
    time: VirtualTime,
    randomBelow: (bound: number) => number,
    terms: { readonly latencyMs: number; readonly intervalS: number; readonly numWantMax: number },
  ) {
    this.url = url;
    this.#time = time;
    this.#latencyMs = terms.latencyMs;
    const { intervalS, numWantMax } = terms;
    this.#book = new TrackerBook(randomBelow, { intervalS, numWantMax, numWantDefault: numWantMax });
  }

  announce(action: AnnounceAction, asker: Asker, tell: (event: AnnouncerEvent) => void): void {
    this.announceCount++;
    this.#time.after(this.#latencyMs, () => {
      if (this.outages > 0 && this.outageKind === 'silence') return;
      const event = this.outages > 0 ? refusal(action.exchange) : this.#answer(action, asker);
      this.#time.after(this.#latencyMs, () => tell(event));
    });
  }

  #answer(action: AnnounceAction, asker: Asker): AnnouncerEvent {
    const reply = this.#book.handle(
      {
        type: 'announce',
        infoHash: byteText(asker.infoHash),
        peerId: byteText(asker.peerId),
        ipv4: packPeer(asker.address),
        isSeed: asker.left === 0,
        event: action.event,
        numWant: action.numWant,
      },
      this.#time.nowMs,
    );
    if (reply.type !== 'announce') return refusal(action.exchange);
    const { intervalS, complete, incomplete, downloaded } = reply;
    const answer = { type: 'peers', intervalS, complete, incomplete, downloaded, peers: peersOf(reply) } as const;
    return { type: 'announce-answered', exchange: action.exchange, answer };
  }
}

function peersOf({ ipv4 }: BookAnswer): PeerList {
  return PeerList.packed(ipv4.map(({ endpoint }) => new Uint8Array(endpoint)));
}

function refusal(exchange: number): AnnouncerEvent {
  return { type: 'announce-failed', exchange, problem: { code: 'unreachable', message: 'connection refused' } };
}

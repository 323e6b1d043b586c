import type { Offers } from './handshake.js';
import { LIMITS } from './limits.js';
import type { BlockSpan } from './messages.js';
import { RequestTable } from './request-table.js';

/**
 * How far one side of a link is: nothing sent yet, handshake sent and still able to say what it has, past that, over.
 *
 * @example
 * ```ts
 * import { PeerLink, type Phase } from '@unchoke/wire';
 *
 * const phase: Phase = new PeerLink({ infoHash: new Uint8Array(20), peerId: new Uint8Array(20) }).remote.phase;
 * console.assert(phase === 'greeting');
 * ```
 */
export type Phase = 'greeting' | 'opening' | 'steady' | 'closed';

/**
 * What is known of one side of a link. The same for both: what we hold against the peer, we keep ourselves.
 *
 * @example
 * ```ts
 * import { PeerLink, type SideState } from '@unchoke/wire';
 *
 * const us: SideState = new PeerLink({ infoHash: new Uint8Array(20), peerId: new Uint8Array(20) }).local;
 * console.assert(us.choking && !us.interested); // BEP 3: connections start so, on both sides
 * ```
 */
export interface SideState {
  readonly phase: Phase;
  /** Whether this side refuses to send blocks to the other. */
  readonly choking: boolean;
  /** Whether this side wants blocks of the other. */
  readonly interested: boolean;
  /** What this side's handshake offered; `undefined` before it. */
  readonly offers: Offers | undefined;
  /** `m` of this side's extended handshakes so far: ids for messages to it, by name. */
  readonly extensions: ReadonlyMap<string, number>;
  /** How many unanswered requests this side keeps without dropping any (`reqq`, BEP 10). */
  readonly requestQueue: number;
  /** Requests this side has sent that are not answered yet. */
  readonly requestCount: number;
  /** These requests, in the order they were sent. */
  outstanding(): readonly BlockSpan[];
  /** Whether exactly this request is among them. */
  isOutstanding(span: BlockSpan): boolean;
  /** Whether this side gives the other this piece even while it chokes (BEP 6, Allowed Fast). */
  allowsFast(piece: number): boolean;
}

const NO_EXTENSIONS: ReadonlyMap<string, number> = new Map();

/** The state behind `SideState`; only a link changes it. What is rare is made when first needed: an idle link stays small. */
export class Side implements SideState {
  phase: Phase = 'greeting';
  choking = true;
  interested = false;
  offers: Offers | undefined;
  extensions: ReadonlyMap<string, number> = NO_EXTENSIONS;
  requestQueue: number = LIMITS.requestQueueDefault;
  readonly requests: RequestTable = new RequestTable();
  /** Requests of this side that were reported as oddities and are not tracked: each may still be rejected once (BEP 6). */
  strayRequestCount = 0;
  /** Claims about pieces from before the torrent was known, to be held against it later. */
  pieceMax = -1;
  bitfieldLength: number | undefined;
  bitfieldLastByte = 0;
  #allowedFast: Set<number> | undefined;

  get requestCount(): number {
    return this.requests.size;
  }

  get allowedFastCount(): number {
    return this.#allowedFast?.size ?? 0;
  }

  outstanding(): readonly BlockSpan[] {
    return this.requests.list();
  }

  isOutstanding({ piece, begin, length }: BlockSpan): boolean {
    return this.requests.has(piece, begin, length);
  }

  allowsFast(piece: number): boolean {
    return this.#allowedFast?.has(piece) === true;
  }

  allowFast(piece: number): void {
    this.#allowedFast ??= new Set();
    this.#allowedFast.add(piece);
  }

  /** BEP 10, handshake message: later handshakes add to the first, and 0 takes a name back. */
  mergeExtensions(told: ReadonlyMap<string, number>): void {
    const extensions = new Map(this.extensions);
    for (const [name, messageId] of told) {
      if (messageId === 0) extensions.delete(name);
      else if (extensions.has(name) || extensions.size < LIMITS.extensionCountMax) extensions.set(name, messageId);
    }
    this.extensions = extensions;
  }
}

import { type Block, type PieceIndex, Rate } from '@unchoke/pieces';
import type { PeerLink } from '@unchoke/wire';
import type { PeerAddress } from './address-book.js';
import type { PeerKey } from './events.js';
import type { PeerScore } from './peer-score.js';
import type { PexLedger } from './pex.js';

/** Rates are taken over the 20 seconds that tit-for-tat looks at (BEP 3, choking). */
const RATE_WINDOW_MS = 20_000;
/** What the pipeline follows has to be quicker. */
const SPEED_WINDOW_MS = 1_000;

/** Everything known of one connection. State only; what follows from it is decided elsewhere. */
export class Peer {
  readonly key: PeerKey;
  readonly address: PeerAddress;
  readonly origin: 'dialed' | 'accepted';
  readonly link: PeerLink;
  readonly openedMs: number;
  /** Bytes of blocks it gave us, and that we gave it. */
  readonly received: Rate = new Rate(RATE_WINDOW_MS);
  readonly sent: Rate = new Rate(RATE_WINDOW_MS);
  readonly speed: Rate = new Rate(SPEED_WINDOW_MS);
  score: PeerScore;
  /** Where it can be dialled, as far as that is known: nobody else dials it meanwhile. */
  readonly places: PeerAddress[] = [];
  /** It holds one of the session's places. */
  isSeated = false;
  isConnected = false;
  isGreeted = false;
  /** Whether the picker knows it. */
  isJoined = false;
  /** It has said that it has everything. */
  isSeed = false;
  peerId: Uint8Array = new Uint8Array(0);
  /** Since when it keeps us waiting, once a request has timed out; until it sends a block. */
  stalledSinceMs: number | undefined;
  timeouts = 0;
  /** Whether it has had a part in a piece that was right; or, since then, in one that was false. */
  trust: 'unknown' | 'proven' | 'suspect' = 'unknown';
  /** Blocks it brought of pieces that are not judged yet, counted while it is not proven. */
  unjudgedBlocks = 0;
  /** How long it takes from one block to the next while it is asked for some; undefined before the first. */
  paceMs: number | undefined;
  /** Nothing is asked of it before this time. */
  restUntilMs = 0;
  /** It gives some pieces even while it chokes (BEP 6, Allowed Fast). */
  allowsSome = false;
  /** When it may be asked again for what it refused. */
  askAgainMs: number = Number.POSITIVE_INFINITY;
  /** Since when its socket takes no more; undefined while it does. */
  crowdedSinceMs: number | undefined;
  lastReceivedMs: number;
  lastSentMs: number;
  /** Since when we wait for a block: the last one, or the first request after none was out. */
  waitingSinceMs = 0;
  unchokedSinceMs: number | undefined;
  /** Since when it waits for a slot, once it wants one. */
  chokedSinceMs: number;
  /** Blocks whose request we took back and that the peer still answers, with the block or a reject (BEP 6). */
  readonly cancelled: Set<number> = new Set();
  /** Requests to be answered, oldest first, and those being read from disk. */
  readonly uploads: Block[] = [];
  readonly loads: Set<Block> = new Set();
  /** Bytes of blocks that it was given while it was choked (BEP 6, Allowed Fast). */
  fastBytes = 0;
  /** Pieces of ours that it has not been told of yet. It has them itself, so that it can wait for the next requests. */
  untold: PieceIndex[] = [];
  strayRequests = 0;
  clientName = '';
  /** Where it listens (`p`, BEP 10). */
  listenPort: number | undefined;
  /** What it and we have told each other about others (BEP 11), once it has said that it speaks that. */
  pex: PexLedger | undefined;
  /** It downloads nothing (BEP 21). */
  isUploadOnly = false;

  get isCrowded(): boolean {
    return this.crowdedSinceMs !== undefined;
  }

  constructor(
    key: PeerKey,
    address: PeerAddress,
    origin: 'dialed' | 'accepted',
    link: PeerLink,
    score: PeerScore,
    nowMs: number,
  ) {
    this.score = score;
    this.key = key;
    this.address = address;
    this.origin = origin;
    this.link = link;
    this.openedMs = nowMs;
    this.chokedSinceMs = nowMs;
    this.lastReceivedMs = nowMs;
    this.lastSentMs = nowMs;
  }
}

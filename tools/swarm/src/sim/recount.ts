import type { PeerInside, PeerKey } from '@unchoke/client';
import { ENDGAME_COPIES_MAX, type Geometry, type Picker, type PieceIndex, type PieceStatus } from '@unchoke/pieces';
import type { Check } from './failure.js';
import type { Member } from './member.js';
import type { VirtualSocket } from './virtual-socket.js';

/** What was found wrong. */
export interface Finding {
  readonly check: Check;
  readonly problem: string;
}

/** Every ten seconds at the latest a torrent asks everybody for what it can; a little more for a late timer. */
const IDLE_MS_MAX = 15_000;
/**
 * In endgame a peer is to help with a block that is expected in so many times its own pace. The client asks it for less than that: a
 * pace can have changed since it was last considered.
 */
const HELP_PACES = 12;

interface Idleness {
  readonly sinceMs: number;
  readonly requestCount: number;
  readonly changesHeard: number;
}

const idleness = new WeakMap<VirtualSocket, Idleness>();

/** Counts everything one member believes anew, and holds it against what it was told. */
export function recount(
  member: Member,
  picker: Picker,
  peers: ReadonlyMap<PeerKey, PeerInside>,
  geometry: Geometry,
  nowMs: number,
): Finding | undefined {
  return (
    checkSockets(member, peers) ??
    checkRefused(peers) ??
    checkPieces(member, picker, geometry) ??
    checkAvailability(member, picker, peers, geometry) ??
    checkAnnounced(member, picker, peers, geometry) ??
    checkRequests(member, picker, peers, geometry) ??
    checkIdle(member, picker, peers, geometry, nowMs)
  );
}

/** Every socket belongs to a peer that the torrent knows. */
function checkSockets(member: Member, peers: ReadonlyMap<PeerKey, PeerInside>): Finding | undefined {
  for (const [key, { origin }] of member.sockets) {
    if (!peers.has(key))
      return { check: 'no socket is left over', problem: `${origin} peer ${key} is forgotten and still open` };
  }
  return undefined;
}

/** Who is choked was told so of every request of its that is not answered any more (BEP 6). */
function checkRefused(peers: ReadonlyMap<PeerKey, PeerInside>): Finding | undefined {
  for (const [key, { link }] of peers) {
    if (!link.isFast || !link.local.choking || link.remote.requestCount === 0) continue;
    const waiting = link.remote.outstanding().filter(({ piece }) => !link.local.allowsFast(piece));
    if (waiting.length > 0)
      return {
        check: 'every request is answered',
        problem: `${waiting.length} requests of peer ${key}, which it chokes, are not`,
      };
  }
  return undefined;
}

/** Each piece is in one state, the states are counted right, and what we have is right. */
function checkPieces(member: Member, picker: Picker, { pieceCount }: Geometry): Finding | undefined {
  const counts: Record<PieceStatus, number> = { missing: 0, partial: 0, verifying: 0, have: 0, unwanted: 0 };
  for (let index = 0; index < pieceCount; index++) {
    const piece = index as PieceIndex;
    const status = picker.statusOf(piece);
    counts[status]++;
    if ((status === 'have') !== picker.have.has(piece))
      return { check: 'one state', problem: `piece ${piece} is ${status} and have says otherwise` };
    if (status === 'have' && !(member.disk.has(piece) && member.disk.isAsLeft(piece)))
      return { check: 'have means right bytes', problem: `it believes to have piece ${piece}` };
  }
  const believed = picker.counts;
  for (const status of Object.keys(counts) as PieceStatus[]) {
    if (counts[status] !== believed[status])
      return { check: 'one state', problem: `${counts[status]} pieces are ${status}, it counts ${believed[status]}` };
  }
  return undefined;
}

/** What the picker believes of every piece is the sum of what its peers have said. */
function checkAvailability(
  member: Member,
  picker: Picker,
  peers: ReadonlyMap<PeerKey, PeerInside>,
  { pieceCount }: Geometry,
): Finding | undefined {
  const joined = joinedSockets(member, peers);
  if (joined === undefined) return undefined;
  for (let piece = 0; piece < pieceCount; piece++) {
    let holders = 0;
    for (const { remote } of joined) if (remote.record.heard.has(piece)) holders++;
    const found = picker.availabilityOf(piece as PieceIndex);
    if (found !== holders)
      return {
        check: 'availability',
        problem: `${found} are believed to hold piece ${piece}; ${holders} have said so`,
      };
  }
  return undefined;
}

/** Everybody who lacks it was told of everything we have; who has it may hear of it later. */
function checkAnnounced(
  member: Member,
  picker: Picker,
  peers: ReadonlyMap<PeerKey, PeerInside>,
  { pieceCount }: Geometry,
): Finding | undefined {
  for (const [key, { record, remote }] of member.sockets) {
    if (peers.get(key)?.isGreeted !== true || record.isGarbled || remote.record.isGarbled) continue;
    if (record.announced.count === picker.have.count) continue;
    for (let piece = 0; piece < pieceCount; piece++) {
      const isThere = picker.have.has(piece as PieceIndex);
      const isAnnounced = record.announced.has(piece);
      if (isThere && !isAnnounced && !remote.record.heard.has(piece))
        return { check: 'everybody is told', problem: `piece ${piece} is there, and peer ${key} was not told` };
      if (!isThere && isAnnounced && !record.unsayable.has(piece))
        return { check: 'everybody is told', problem: `piece ${piece} is gone, and peer ${key} was not told` };
    }
  }
  return undefined;
}

/** Each request on the wire is wanted by the picker, or was taken back; no block that is here is still asked for. */
function checkRequests(
  member: Member,
  picker: Picker,
  peers: ReadonlyMap<PeerKey, PeerInside>,
  geometry: Geometry,
): Finding | undefined {
  for (const [key, { link, isJoined }] of peers) {
    const socket = member.sockets.get(key);
    if (!isJoined || socket === undefined) continue;
    const wanted = new Set(picker.requestsOf(key).map(({ piece, begin }) => idAt(geometry, piece, begin)));
    const out = new Set(link.local.outstanding().map(({ piece, begin }) => idAt(geometry, piece, begin)));
    for (const id of out) {
      // What it said to have lost it will reject (BEP 54).
      const isLost = socket.remote.record.retracted.has(Math.floor(id / geometry.blocksPerPiece));
      if (!wanted.has(id) && !socket.record.cancelled.has(id) && !socket.record.isGarbled && !isLost)
        return { check: 'requests', problem: `block ${id} is asked of peer ${key}, not wanted, and was not cancelled` };
    }
    for (const id of wanted) {
      if (!out.has(id))
        return { check: 'requests', problem: `block ${id} is waited for from peer ${key} and not asked for` };
    }
  }
  return undefined;
}

/** A peer that would give a block that is missing is asked for one, before long: endgame included. */
function checkIdle(
  member: Member,
  picker: Picker,
  peers: ReadonlyMap<PeerKey, PeerInside>,
  geometry: Geometry,
  nowMs: number,
): Finding | undefined {
  if (member.disk.isAtFault || picker.isComplete) {
    member.askable.clear();
    return undefined;
  }
  const askable = askablePieces(member, picker, peers, geometry);
  for (const piece of member.askable.keys()) if (!askable.has(piece)) member.askable.delete(piece);
  for (const [piece, inMs] of askable) {
    const isFree = inMs === Number.POSITIVE_INFINITY;
    if (member.askable.get(piece)?.isFree !== isFree) member.askable.set(piece, { sinceMs: nowMs, isFree });
  }
  for (const [key, peer] of peers) {
    const socket = member.sockets.get(key);
    if (socket?.remote === undefined) continue;
    const idleMs = nowMs - (idleSince(socket, picker, peer, nowMs) ?? nowMs);
    if (idleMs < IDLE_MS_MAX) continue;
    for (const [piece, { sinceMs }] of member.askable) {
      if (nowMs - sinceMs < IDLE_MS_MAX || !socket.remote.record.heard.has(piece)) continue;
      const inMs = askable.get(piece)!;
      if (inMs < (peer.paceMs ?? Number.POSITIVE_INFINITY) * HELP_PACES) continue;
      const problem = `peer ${key} has piece ${piece} to give and was asked for nothing for ${idleMs.toFixed(0)} ms`;
      return { check: 'nobody idles', problem };
    }
  }
  return undefined;
}

/** Since when the peer could be asked and is not; undefined when it is, or could not be. */
function idleSince(socket: VirtualSocket, picker: Picker, peer: PeerInside, nowMs: number): number | undefined {
  const { requestCount } = socket.record;
  const { changesHeard, hasRejected } = socket.remote.record;
  const before = idleness.get(socket);
  idleness.delete(socket);
  if (!canBeAsked(peer, nowMs) || picker.requestCountOf(peer.key) > 0 || hasRejected) return undefined;
  const isSame = before?.requestCount === requestCount && before.changesHeard === changesHeard;
  const sinceMs = isSame ? before.sinceMs : nowMs;
  idleness.set(socket, { sinceMs, requestCount, changesHeard });
  return sinceMs;
}

function canBeAsked(peer: PeerInside, nowMs: number): boolean {
  const { isJoined, link, isCrowded, timeouts, restUntilMs, trust, unjudgedBlocks } = peer;
  // What it may do before a verdict on it, it has done.
  const isOnProbation = trust === 'suspect' || (trust === 'unknown' && unjudgedBlocks > 0);
  if (isOnProbation) return false;
  return (
    isJoined && !link.remote.choking && link.local.interested && !isCrowded && timeouts === 0 && restUntilMs <= nowMs
  );
}

/**
 * Pieces of which some block is to be asked of one more peer. While any block that somebody holds was asked of nobody, that is
 * those of such blocks; afterwards, in endgame, those whose blocks are asked of few, and in how long the last of these is expected.
 */
function askablePieces(
  member: Member,
  picker: Picker,
  peers: ReadonlyMap<PeerKey, PeerInside>,
  geometry: Geometry,
): ReadonlyMap<PieceIndex, number> {
  const copies = new Map<number, { count: number; inMs: number }>();
  for (const [key, { isJoined, paceMs = 0 }] of peers) {
    if (!isJoined) continue;
    picker.requestsOf(key).forEach(({ piece, begin }, index) => {
      const id = idAt(geometry, piece, begin);
      const { count, inMs } = copies.get(id) ?? { count: 0, inMs: Number.POSITIVE_INFINITY };
      copies.set(id, { count: count + 1, inMs: Math.min(inMs, (index + 1) * paceMs) });
    });
  }
  const held = new Map(picker.exportPartials().map(({ piece, blocks }) => [piece, blocks]));
  const free = new Map<PieceIndex, number>();
  const scarce = new Map<PieceIndex, number>();
  for (let index = 0; index < geometry.pieceCount; index++) {
    const piece = index as PieceIndex;
    const status = picker.statusOf(piece);
    if ((status !== 'missing' && status !== 'partial') || picker.availabilityOf(piece) === 0) continue;
    const blocksHeld = held.get(piece);
    const blockCount = geometry.blockCountOf(piece);
    for (let at = 0; at < blockCount; at++) {
      if (((blocksHeld?.[at >> 3] ?? 0) & (0x80 >> (at & 7))) !== 0) continue;
      const asked = copies.get(geometry.blockIdOf(piece, at));
      if (asked === undefined) free.set(piece, Number.POSITIVE_INFINITY);
      else if (asked.count < ENDGAME_COPIES_MAX) scarce.set(piece, Math.max(scarce.get(piece) ?? 0, asked.inMs));
    }
  }
  const pieces = free.size > 0 ? free : scarce;
  // A piece that was false once comes from one peer alone.
  for (const piece of member.rejected) pieces.delete(piece);
  return pieces;
}

/** Undefined when somebody says other things than it means: then nothing can be counted. */
function joinedSockets(member: Member, peers: ReadonlyMap<PeerKey, PeerInside>): readonly VirtualSocket[] | undefined {
  const joined: VirtualSocket[] = [];
  for (const [key, socket] of member.sockets) {
    if (socket.remote?.record.isGarbled === true) return undefined;
    if (peers.get(key)?.isJoined === true) joined.push(socket);
  }
  return joined;
}

function idAt(geometry: Geometry, piece: number, begin: number): number {
  return piece * geometry.blocksPerPiece + Math.floor(begin / 16_384);
}

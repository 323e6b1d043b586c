import { LIMITS, type PeerInside, type Torrent, type TorrentEvent, type TorrentNotice } from '@unchoke/client';
import type { Block, Geometry } from '@unchoke/pieces';
import type { AnnounceAction } from '@unchoke/tracker';
import type { Check } from './failure.js';
import { Ledger } from './ledger.js';
import type { Member } from './member.js';
import { recount } from './recount.js';
import { isTruthful } from './role.js';
import type { Parcel, VirtualSocket } from './virtual-socket.js';
import { DONT_HAVE_EXTENDED_ID, eachMessage, ID, readU32 } from './wire-record.js';

/** Of announces that are only due to the clock: a tracker that answers is asked no oftener, and one that fails not much. */
const ANNOUNCE_MS_MIN = { answered: 60_000, failed: 30_000 } as const;
/**
 * Somebody who may choose among more than it serves has to try another one now and then: every 30 seconds, by chance. With two
 * to choose from, twenty times the same in a row happens once in a million; among four or more, ten times.
 */
const UNTRIED_MS_MAX = { few: 600_000, many: 300_000 } as const;

/** Every ten seconds it is decided anew who is served; a little more for a late timer. */
const CROWDED_MS_MAX = 12_000;

/** Ends the run: something that must always hold does not. */
export type Fail = (check: Check, problem: string) => never;

/** Watches everything that members do, and holds it against what must always be so. Knows who lies, as no member does. */
export class Monitor {
  readonly ledgers: Ledger[] = [];
  readonly #members = new Map<string, Member>();
  readonly #geometry: Geometry;
  readonly #fail: Fail;
  /** The full recount is dear: it is made for one event in so many. */
  readonly #recountEvery: number;
  readonly #now: () => number;
  readonly #lateOnce = new Set<Member>();
  readonly #announces = new Map<string, { readonly atMs: number; outcome: 'answered' | 'failed' }>();
  readonly #crowdedSince = new Map<Member, number>();
  readonly #untriedSince = new Map<Member, number>();
  #eventCount = 0;
  #nextRecount = 1;
  recountCount = 0;

  constructor(geometry: Geometry, terms: { readonly recountEvery: number }, now: () => number, fail: Fail) {
    this.#geometry = geometry;
    this.#recountEvery = terms.recountEvery;
    this.#now = now;
    this.#fail = fail;
  }

  meets(member: Member): void {
    this.#members.set(member.host.address.host, member);
    this.ledgers[member.index] = new Ledger();
  }

  /** A member hands bytes to its socket. */
  sends(member: Member, socket: VirtualSocket, parcel: Parcel): void {
    if (parcel.isGarbled) socket.record.isGarbled = true;
    if (socket.record.isGarbled) return;
    eachMessage(parcel.bytes, (id, at) => this.#said(member, socket, id, parcel, at));
  }

  /** Bytes have reached a member, and it has dealt with them. */
  heard(member: Member, socket: VirtualSocket, parcels: readonly Parcel[]): void {
    const { record } = socket.remote;
    if (record.isGarbled) return;
    const news: number[] = [];
    for (const { bytes } of parcels) {
      eachMessage(bytes, (id, at) => {
        record.heard.learn(id, bytes, at);
        if (id === ID.choke || id === ID.unchoke || id === ID.have) record.changesHeard++;
        if (id === ID.have) news.push(readU32(bytes, at));
        if (id === ID.extended && bytes[at] === DONT_HAVE_EXTENDED_ID) record.retracted.add(readU32(bytes, at + 1));
      });
    }
    if (member.torrent !== undefined)
      for (const piece of news) this.#checkAvailabilityAt(member, member.torrent, piece);
  }

  stores(member: Member, block: Block): void {
    this.ledgers[member.index]!.storedBlocks++;
    if (member.disk.has(block.piece))
      this.#fail('one state', `${member.name} stores a block of piece ${block.piece} again`);
  }

  announces(member: Member, { event, url }: AnnounceAction): void {
    const key = `${member.index} ${url}`;
    const before = this.#announces.get(key);
    const pauseMs = this.#now() - (before?.atMs ?? Number.NEGATIVE_INFINITY);
    if (event === undefined && before !== undefined && pauseMs < ANNOUNCE_MS_MIN[before.outcome])
      this.#fail('announce interval', `${member.name} asks ${url} again after ${pauseMs} ms`);
    this.#announces.set(key, { atMs: this.#now(), outcome: 'failed' });
  }

  isAnswered(member: Member, url: string): void {
    const announce = this.#announces.get(`${member.index} ${url}`);
    if (announce !== undefined) announce.outcome = 'answered';
  }

  notices(member: Member, notice: TorrentNotice): void {
    const ledger = this.ledgers[member.index]!;
    const { type } = notice;
    if (type === 'piece-completed' && !member.disk.isRight(notice.piece))
      this.#fail('have means right bytes', `${member.name} completes piece ${notice.piece} with wrong bytes`);
    else if (type === 'piece-rejected') {
      ledger.rejectedPieces++;
      member.rejected.add(notice.piece);
    } else if (type === 'torrent-completed') ledger.completedMs = this.#now();
    else if (type === 'peer-banned') {
      ledger.bans++;
      this.#checkBlame(member, notice.address.host, `bans: ${notice.reason}`);
    } else if (type === 'peer-closed' && ['protocol-violated', 'flood', 'wrong-data'].includes(notice.reason)) {
      this.#checkBlame(member, notice.address.host, `closes: ${notice.reason}, ${notice.detail}`);
    }
  }

  /** A member has dealt with an event. */
  handled(member: Member, torrent: Torrent, event: TorrentEvent): void {
    const { peers } = torrent.inside;
    if (event.type === 'time-passed') this.#checkDeadline(member, torrent);
    if (peers.size > member.world.terms.peersMax)
      this.#fail('bounds', `${member.name} has ${peers.size} connections, ${member.world.terms.peersMax} are the most`);
    const peer = 'peer' in event ? peers.get(event.peer) : undefined;
    if (peer !== undefined) this.#checkPeer(member, torrent, peer);
    this.#eventCount++;
  }

  /** Nothing that has arrived waits to be dealt with: what a member believes can be compared with what it was told. */
  settled(member: Member, torrent: Torrent): void {
    if (this.#eventCount < this.#nextRecount) return;
    this.#nextRecount = this.#eventCount + this.#recountEvery;
    this.recountCount++;
    const { picker, peers } = torrent.inside;
    const problem = recount(member, picker, peers, this.#geometry, this.#now());
    if (problem !== undefined) this.#fail(problem.check, `${member.name}: ${problem.problem}`);
    this.#checkSlots(member);
  }

  #said(member: Member, { record, remote }: VirtualSocket, id: number, { bytes, payload }: Parcel, at: number): void {
    const ledger = this.ledgers[member.index]!;
    record.announced.learn(id, bytes, at);
    switch (id) {
      case ID.choke:
      case ID.unchoke:
        record.isChoking = id === ID.choke;
        this.#crowdedSince.delete(member);
        if (record.isChoking) ledger.chokes++;
        else ledger.unchokes++;
        if (!record.isChoking) this.#untriedSince.delete(member);
        break;
      case ID.interested:
      case ID.notInterested:
        record.isInterested = id === ID.interested;
        break;
      case ID.have:
        if (!member.disk.has(readU32(bytes, at)))
          this.#fail(
            'have means right bytes',
            `${member.name} announces piece ${readU32(bytes, at)} and has not verified it`,
          );
        break;
      case ID.piece: {
        const piece = readU32(bytes, at);
        ledger.sentBlocks++;
        ledger.sentBytes += payload?.length ?? 0;
        if (record.isChoking && !record.allowedFast.has(piece))
          this.#fail(
            'nothing for the choked',
            `${member.name} sends a block of piece ${piece} to ${nameOf(remote)}, which it chokes`,
          );
        if (!member.disk.has(piece))
          this.#fail(
            'have means right bytes',
            `${member.name} sends a block of piece ${piece} and has not verified it`,
          );
        break;
      }
      case ID.allowedFast:
        record.allowedFast.add(readU32(bytes, at));
        break;
      case ID.request:
        ledger.requests++;
        record.cancelled.delete(this.#blockIdAt(bytes, at));
        record.requestCount++;
        break;
      case ID.cancel:
        ledger.cancels++;
        record.cancelled.add(this.#blockIdAt(bytes, at));
        break;
      case ID.reject:
        ledger.rejects++;
        record.hasRejected = true;
        break;
      default:
    }
  }

  /** What the picker believes of one piece, after it heard of it. */
  #checkAvailabilityAt(member: Member, torrent: Torrent, piece: number): void {
    const { picker, peers } = torrent.inside;
    let holders = 0;
    for (const socket of member.sockets.values()) {
      if (socket.remote === undefined) continue;
      const { record } = socket.remote;
      if (record.isGarbled) return;
      if (record.heard.has(piece) && peers.get(socket.key!)?.isJoined === true) holders++;
    }
    const found = picker.availabilityOf(this.#geometry.pieceAt(piece)!);
    if (found !== holders)
      this.#fail('availability', `${member.name} believes that ${found} hold piece ${piece}; ${holders} have said so`);
  }

  #checkDeadline(member: Member, torrent: Torrent): void {
    const isLate = (torrent.deadlineMs ?? Number.POSITIVE_INFINITY) <= this.#now();
    if (!isLate) this.#lateOnce.delete(member);
    else if (this.#lateOnce.has(member))
      this.#fail(
        'deadlines',
        `${member.name} wants to be woken at ${torrent.deadlineMs} ms, and that is past for the second time`,
      );
    else this.#lateOnce.add(member);
  }

  #checkBlame(member: Member, host: string, verdict: string): void {
    const other = this.#members.get(host)!;
    // To one that breaks what it says, honest answers look broken.
    if (!isTruthful(other.role) || member.role === 'breaker') return;
    if (other.hasRotted) other.isBlamed = true;
    else this.#fail('nobody honest is blamed', `${member.name} on ${other.name}: ${verdict}`);
  }

  #checkPeer(member: Member, torrent: Torrent, peer: PeerInside): void {
    const { picker } = torrent.inside;
    const { link, uploads, loads } = peer;
    const outstanding = link.local.requestCount;
    const bound = Math.min(link.remote.requestQueue, LIMITS.pipelineMax + peer.cancelled.size);
    if (outstanding > bound)
      this.#fail('bounds', `${member.name} has ${outstanding} requests out, ${bound} are the most`);
    if (uploads.length > LIMITS.uploadQueueMax || loads.size > LIMITS.uploadLoadsMax)
      this.#fail('bounds', `${member.name} holds ${uploads.length} requests and ${loads.size} loads of one peer`);
    if (!peer.isJoined) return;
    if (link.local.interested !== picker.isInterestedIn(peer.key))
      this.#fail(
        'interest',
        `${member.name} says ${link.local.interested ? '' : 'not '}interested, and it is otherwise (BEP 3)`,
      );
    if (picker.requestCountOf(peer.key) > outstanding)
      this.#fail(
        'requests',
        `${member.name} counts ${picker.requestCountOf(peer.key)} requests, ${outstanding} are on the wire`,
      );
  }

  /** No more than the slots and one are served at once, and nobody is left out for ever. */
  #checkSlots(member: Member): void {
    let served = 0;
    let waiting = 0;
    for (const { record, remote } of member.sockets.values()) {
      if (remote === undefined || record.isGarbled || remote.record.isGarbled) return;
      if (!remote.record.isInterested) continue;
      if (record.isChoking) waiting++;
      else served++;
    }
    this.#checkServed(member, served);
    if (waiting === 0 || member.role === 'free-rider') {
      this.#untriedSince.delete(member);
      return;
    }
    const sinceMs = this.#untriedSince.get(member) ?? this.#now();
    this.#untriedSince.set(member, sinceMs);
    const untriedMs = this.#now() - sinceMs;
    if (untriedMs <= (waiting < 3 ? UNTRIED_MS_MAX.few : UNTRIED_MS_MAX.many)) return;
    this.#fail(
      'everybody is tried',
      `${member.name} has unchoked nobody for ${untriedMs} ms; ${waiting} wait, ${served} are served`,
    );
  }

  /** One that regains its interest keeps its slot until the next decision, and only so long there may be more than slots. */
  #checkServed(member: Member, served: number): void {
    const slots = member.world.terms.uploadSlots + 1;
    if (served <= slots) this.#crowdedSince.delete(member);
    else if (!this.#crowdedSince.has(member)) this.#crowdedSince.set(member, this.#now());
    const crowdedMs = this.#now() - (this.#crowdedSince.get(member) ?? this.#now());
    if (crowdedMs > CROWDED_MS_MAX)
      this.#fail('bounds', `${member.name} serves ${served} at once for ${crowdedMs} ms, with ${slots} slots in all`);
  }

  #blockIdAt(bytes: Uint8Array, at: number): number {
    const piece = readU32(bytes, at);
    const begin = readU32(bytes, at + 4);
    return piece * this.#geometry.blocksPerPiece + Math.floor(begin / 16_384);
  }
}

function nameOf(socket: VirtualSocket): string {
  return socket.host.address.host;
}

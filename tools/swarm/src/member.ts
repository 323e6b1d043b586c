import type { TorrentStatus } from '@unchoke/client';
import type { Client, ClientTorrent } from '@unchoke/client/node';
import type { OursPlan } from './plan.js';

/**
 * One of ours in a swarm.
 *
 * @example
 * ```ts
 * import type { Member } from '@unchoke/swarm';
 *
 * const describe = ({ name, share }: Member) => `${name} has ${Math.round(share * 100)} %`;
 * console.assert(typeof describe === 'function');
 * ```
 */
export class Member {
  readonly name: string;
  readonly role: 'seed' | 'leech';
  readonly plan: OursPlan;
  readonly client: Client;
  readonly folder: string;
  /** Bytes of blocks from each other member, by name, over connections that ended. */
  readonly sources: Map<string, number> = new Map();
  /** Not yet there while a magnet link waits for its metadata. */
  torrent: ClientTorrent | undefined;
  rejectedPieces = 0;
  completedMs: number | undefined;
  leftMs: number | undefined;

  constructor(plan: OursPlan, client: Client, folder: string) {
    this.plan = plan;
    this.name = plan.name;
    this.role = plan.role;
    this.client = client;
    this.folder = folder;
  }

  get status(): TorrentStatus | undefined {
    return this.torrent?.status;
  }

  /** How much of the torrent it has, 0 to 1. */
  get share(): number {
    const status = this.status;
    return status === undefined ? 0 : status.haveCount / status.pieceCount;
  }

  /** Why it is not faster; empty when nothing is in the way. */
  get why(): string {
    if (this.leftMs !== undefined) return 'has left';
    return this.status?.why ?? this.client.waiting[0]?.why ?? '';
  }
}

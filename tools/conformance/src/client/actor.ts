import { join } from 'node:path';
import {
  type Behaviour,
  bundledBehaviour,
  type Doing,
  type MockPeer,
  type MockPeerNotice,
  type MockPeerOptions,
  type Rule,
  startMockPeer,
  type TranscriptRecord,
} from '@unchoke/mock-peer';

/** What a peer of a case is like. */
export interface ActorPlan extends Omit<Partial<MockPeerOptions>, 'behaviour'> {
  /** A behaviour of mock-peer by its name, or rules. */
  readonly behaviour?: string | Behaviour | readonly Rule[];
}

/** A mock peer of a case, with all it heard. */
export class Actor {
  readonly peer: MockPeer;
  readonly records: TranscriptRecord[];
  readonly notices: MockPeerNotice[];

  private constructor(peer: MockPeer, records: TranscriptRecord[], notices: MockPeerNotice[]) {
    this.peer = peer;
    this.records = records;
    this.notices = notices;
  }

  /** `happened` is called whenever something did. */
  static async start(
    plan: ActorPlan & Pick<MockPeerOptions, 'torrent'>,
    folder: string,
    name: string,
    happened: () => void,
  ): Promise<Actor> {
    const records: TranscriptRecord[] = [];
    const notices: MockPeerNotice[] = [];
    const peer = await startMockPeer({
      ...plan,
      behaviour: behaviourOf(plan.behaviour),
      ...{ log: join(folder, `${name}.jsonl`), pcap: join(folder, `${name}.pcap`) },
      onRecord: (record) => {
        records.push(record);
        happened();
      },
      onNotice: (notice) => {
        notices.push(notice);
        happened();
      },
    });
    return new Actor(peer, records, notices);
  }

  get address(): string {
    return `${this.peer.host}:${this.peer.port}`;
  }

  /** Messages of this name that the subject said. */
  heard(message: string): readonly TranscriptRecord[] {
    return this.records.filter((record) => record.direction === 'received' && record.message === message);
  }

  /** Messages of this name that it said itself. */
  said(message: string): readonly TranscriptRecord[] {
    return this.records.filter((record) => record.direction === 'sent' && record.message === message);
  }

  /** Connections that came about, and those that are over. */
  get opened(): number {
    return this.notices.filter(({ type }) => type === 'connection-opened').length;
  }

  get closed(): number {
    return this.notices.filter(({ type }) => type === 'connection-closed').length;
  }

  /** Both sides have greeted. */
  get isGreeted(): boolean {
    return this.notices.some(({ type }) => type === 'handshake-received');
  }

  get hasFired(): boolean {
    return this.notices.some(({ type }) => type === 'rule-fired');
  }

  oddities(oddity: string): readonly string[] {
    return this.notices.flatMap((notice) =>
      notice.type === 'oddity-seen' && notice.oddity === oddity ? [notice.detail] : [],
    );
  }

  tell(doing: Doing | readonly Doing[]): void {
    this.peer.tell(doing);
  }
}

function behaviourOf(plan: ActorPlan['behaviour']): Behaviour {
  if (plan === undefined) return { rules: [] };
  if (typeof plan === 'string') return bundledBehaviour(plan);
  return isRules(plan) ? { rules: plan } : plan;
}

function isRules(plan: Behaviour | readonly Rule[]): plan is readonly Rule[] {
  return Array.isArray(plan);
}

import { describe, expect, test } from 'vitest';
import { Stage } from './puppet.js';
import { type Member, type MemberOptions, VirtualSwarm } from './virtual-swarm.js';

const SHAPE = { totalLength: 10 * 32_768, pieceLength: 32_768 };
const MINUTE = 60_000;
const URL = 'http://tracker.example/announce';

/** A leech that knows one other member, and how it stands once it says what is expected. */
class Scene {
  readonly swarm = new VirtualSwarm(1, SHAPE);
  readonly other: Member;
  readonly leech: Member;

  constructor(other: MemberOptions, leech: MemberOptions = {}) {
    this.other = this.swarm.add(other);
    this.leech = this.swarm.add({ knows: [0], ...leech });
  }

  untilItSays(why: string): void {
    this.swarm.runUntil(() => this.leech.torrent.status.why === why, 2 * MINUTE);
  }

  untilItHas(pieceCount: number): void {
    this.swarm.runUntil(() => this.leech.torrent.status.haveCount >= pieceCount, 2 * MINUTE);
  }
}

describe('why it is not faster', () => {
  test('nobody knows it, and there is no tracker', () => {
    const scene = new Scene({ has: 'everything' }, { knows: [] });
    scene.untilItSays('no peers, and no tracker to ask for them');
  });

  test('the tracker has not answered, and then says no', () => {
    const scene = new Scene({ has: 'everything' }, { knows: [], trackers: [URL] });
    scene.untilItSays('no peers yet');
    const problem = { code: 'refused', message: 'this torrent is not registered here' } as const;
    const { exchange } = scene.leech.announces[0]!;
    scene.swarm.deliver(scene.leech, {
      type: 'tracker-answered',
      event: { type: 'announce-failed', exchange, problem },
    });
    expect(scene.leech.torrent.status.why).toMatch(/^no peers: the tracker http:\/\/tracker\.example\/announce says /);
    expect(scene.leech.torrent.status.why).toMatch(/not registered here/);
  });

  test('dials are under way', () => {
    new Scene({ has: 'everything' }).untilItSays('connecting to peers');
  });

  test('all choke us', () => {
    new Scene({ has: 'everything', uploadSlots: 0 }).untilItSays('all peers choke us: waiting for a slot');
  });

  test('nobody has the pieces that are missing', () => {
    const scene = new Scene({ has: [0, 1, 2, 3, 4, 5, 6] });
    scene.untilItSays('pieces 7, 8, 9 are held by nobody who is connected');
  });

  test('those that have the missing pieces choke us, and the others have none of them', () => {
    const swarm = new VirtualSwarm(2, SHAPE);
    swarm.add({ has: [0, 1, 2, 3, 4, 5, 6] });
    swarm.add({ has: 'everything', uploadSlots: 0 });
    const leech = swarm.add({ knows: [0, 1] });
    const why = () => leech.torrent.status.why;
    swarm.runUntil(() => why().includes('held only by peers that choke us'), 2 * MINUTE);
    expect(why()).toMatch(/^pieces( [789],?)+ are held only by peers that choke us$/);
  });

  test('peers were asked and send nothing', () => {
    new Scene({ has: 'everything', stallsAfter: 3 }).untilItSays('peers were asked and send nothing');
  });

  test('you have limited it', () => {
    const scene = new Scene({ has: 'everything' }, { rates: { maxDownloadRate: 16_384 } });
    scene.untilItSays('limited by you: 16 KiB/s');
  });

  test('the disk is in the way, until it is not', () => {
    const scene = new Scene({ has: 'everything' });
    scene.untilItHas(1);
    scene.swarm.deliver(scene.leech, { type: 'storage-stalled', problem: 'no space left on the device' });
    expect(scene.leech.torrent.status.why).toBe('the disk is in the way: no space left on the device');
    scene.swarm.deliver(scene.leech, { type: 'storage-ready' });
    scene.untilItHas(10);
    expect(scene.leech.torrent.status.why).toBe('');
  });

  test('it is paused, until it is not', () => {
    const scene = new Scene({ has: 'everything' });
    scene.untilItHas(1);
    scene.swarm.deliver(scene.leech, { type: 'torrent-stopped' });
    expect(scene.leech.torrent.status).toMatchObject({ state: 'stopped', why: 'paused' });
    scene.swarm.deliver(scene.leech, { type: 'torrent-started' });
    scene.untilItHas(10);
  });

  test('the last pieces are being checked', () => {
    new Scene({ has: 'everything' }).untilItSays('checking the last piece');
  });

  test('nothing is in its way', () => {
    const scene = new Scene({ has: 'everything' });
    scene.untilItHas(2);
    expect(scene.leech.torrent.status.why).toBe('');
  });
});

test('the name a peer gives itself is short, and obeyed by no terminal (V7, V10)', () => {
  const stage = new Stage();
  const peer = stage.join('198.51.100.1');
  const client = `\u001b[2J\u202eevil\u0007${'x'.repeat(10_000)}`;
  peer.say({ type: 'extended-handshake', handshake: { client } });
  const { clientName } = stage.torrent.status.peers[0]!;
  expect(clientName.startsWith('\uFFFD[2J\uFFFDevil\uFFFDxxx')).toBe(true);
  expect(Buffer.byteLength(clientName)).toBeLessThanOrEqual(256);
});

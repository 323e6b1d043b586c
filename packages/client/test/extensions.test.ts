import { LIMITS } from '@unchoke/client';
import { PEX_FLAGS } from '@unchoke/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Puppet, Stage } from './puppet.js';
import { VirtualSwarm } from './virtual-swarm.js';

const METADATA = Uint8Array.from({ length: 40_000 }, (_, index) => index % 251);
const MINUTE = 60_000;

function introduce(puppet: Puppet, port = 6881): void {
  puppet.say({ type: 'extended-handshake', handshake: { client: 'Puppet 1', port } }, { type: 'have-none' });
}

describe('the extended handshake', () => {
  test('says who we are, where we listen, how the peer looks, and how long the metadata is', () => {
    const puppet = new Stage({ metadata: METADATA }).join('198.51.100.7');
    const [{ handshake } = { handshake: undefined }] = puppet.heardOf('extended-handshake');
    expect(handshake).toMatchObject({ client: 'Unchoke', port: 6881, metadataSize: 40_000, uploadOnly: false });
    expect(handshake?.yourIp).toEqual(Uint8Array.of(198, 51, 100, 7));
    expect([...(handshake?.extensions?.keys() ?? [])].sort()).toEqual([
      'lt_donthave',
      'upload_only',
      'ut_metadata',
      'ut_pex',
    ]);
  });

  test('of a private torrent does not offer to exchange peers (BEP 27)', () => {
    const puppet = new Stage({ announcer: { isPrivate: true } }).join('198.51.100.7');
    expect(puppet.heardOf('extended-handshake')[0]?.handshake.extensions?.has('ut_pex')).toBe(false);
  });
});

describe('metadata (BEP 9)', () => {
  test('is given in parts to who asks, and rejected out of range', () => {
    const puppet = new Stage({ metadata: METADATA }).join('198.51.100.7');
    introduce(puppet);
    for (const part of [0, 1, 2, 3]) puppet.say({ type: 'metadata', message: { kind: 'request', part } });
    const answers = puppet.heardOf('metadata').map(({ message }) => message);
    expect(answers.map(({ kind }) => kind)).toEqual(['data', 'data', 'data', 'reject']);
    const bytes = answers.flatMap((answer) => (answer.kind === 'data' ? [...answer.bytes] : []));
    expect(Uint8Array.from(bytes)).toEqual(METADATA);
  });

  test('is not given to the same peer for ever', () => {
    const puppet = new Stage({ metadata: METADATA }).join('198.51.100.7');
    introduce(puppet);
    for (let count = 0; count < 1000; count++) puppet.say({ type: 'metadata', message: { kind: 'request', part: 0 } });
    const kinds = puppet.heardOf('metadata').map(({ message }) => message.kind);
    expect(kinds.filter((kind) => kind === 'data')).toHaveLength(9);
    expect(puppet.closeReason).toBe('flood');
  });
});

describe('peer exchange (BEP 11)', () => {
  test('names the others with their listening ports, once a minute, and who has gone', () => {
    const stage = new Stage();
    const first = stage.join('198.51.100.1');
    introduce(first, 7001);
    const second = stage.join('198.51.100.2');
    introduce(second, 7002);
    expect(second.heardOf('pex')[0]?.message.added).toEqual([{ host: '198.51.100.1', port: 7001, flags: 0 }]);
    expect(first.heardOf('pex')).toEqual([]);
    stage.passTime(MINUTE);
    expect(first.heardOf('pex')[0]?.message.added.map(({ port }) => port)).toEqual([7002]);
    stage.do(stage.torrent.handle({ type: 'socket-closed', peer: second.key, reason: 'remote-closed' }, stage.nowMs));
    stage.passTime(MINUTE - 1);
    expect(first.heardOf('pex')).toHaveLength(1);
    stage.passTime(1);
    expect(first.heardOf('pex')[1]?.message).toMatchObject({ added: [], dropped: [{ port: 7002 }] });
  });

  test('marks those that have everything', () => {
    const stage = new Stage();
    stage.join('198.51.100.1').say({ type: 'extended-handshake', handshake: { port: 1 } }, { type: 'have-all' });
    const second = stage.join('2001:db8::2');
    introduce(second);
    expect(second.heardOf('pex')[0]?.message.added[0]?.flags).toBe(PEX_FLAGS.uploadOnly);
  });

  test('dials what it hears, but not itself, not who is connected, not who is local to another', () => {
    const stage = new Stage();
    introduce(stage.join('198.51.100.1'), 7001);
    const teller = stage.join('198.51.100.2');
    const yourIp = Uint8Array.of(203, 0, 113, 9);
    teller.say({ type: 'extended-handshake', handshake: { port: 7002, yourIp } }, { type: 'have-none' });
    const told = [
      '192.0.2.1 5',
      '198.51.100.1 7001',
      '203.0.113.9 6881',
      '192.168.1.1 80',
      '2001:db8::7 6',
      '127.0.0.1 9',
    ];
    const added = told.map((text) => ({ host: text.split(' ')[0]!, port: Number(text.split(' ')[1]), flags: 0 }));
    teller.say({ type: 'pex', message: { added, dropped: [] } });
    expect(stage.dials).toEqual(['192.0.2.1 5', '2001:db8::7 6']);
  });

  test('believes a local peer about local ones', () => {
    const stage = new Stage();
    const teller = stage.join('192.168.1.5');
    introduce(teller);
    teller.say({ type: 'pex', message: { added: [{ host: '192.168.1.9', port: 9, flags: 0 }], dropped: [] } });
    expect(stage.dials).toEqual(['192.168.1.9 9']);
  });

  test('takes fifty from one source, ignores what comes too soon, and closes who floods', () => {
    const stage = new Stage();
    const teller = stage.join('198.51.100.2');
    introduce(teller);
    const tell = (network: number) => {
      const added = Array.from({ length: 60 }, (_, index) => ({
        host: `192.0.${network}.${index}`,
        port: 6,
        flags: 0,
      }));
      teller.say({ type: 'pex', message: { added, dropped: [] } });
    };
    tell(2);
    stage.passTime(1000);
    for (const network of [3, 4, 5]) tell(network);
    stage.passTime(MINUTE);
    tell(6);
    for (let count = 0; count < 200 && stage.dials.length < 200; count++) stage.passTime(11_000);
    // The one who told them may be dialled too, once it has gone.
    const told = stage.dials.filter((dial) => !dial.startsWith('198.51.100.2 '));
    expect(new Set(told)).toHaveLength(50);
    expect(told.every((dial) => dial.startsWith('192.0.2.'))).toBe(true);
    const flooder = stage.join('198.51.100.3');
    introduce(flooder);
    for (let count = 0; count <= LIMITS.pexStraysMax + 1; count++)
      flooder.say({ type: 'pex', message: { added: [], dropped: [] } });
    expect(flooder.closeReason).toBe('flood');
  });

  test('never names more than fifty, nor anybody twice, whoever comes and goes', () => {
    const steps = fc.array(fc.record({ comes: fc.nat({ max: 90 }), goes: fc.nat({ max: 90 }) }), { maxLength: 8 });
    fc.assert(
      fc.property(steps, (minutes) => {
        const stage = new Stage({ peersMax: 200 });
        const listener = stage.join('198.51.100.250');
        introduce(listener);
        const present: Puppet[] = [];
        for (const { comes, goes } of minutes) {
          for (let count = 0; count < comes; count++) {
            const puppet = stage.join(`203.0.113.${stage.puppets.length % 250}`);
            introduce(puppet, 1000 + stage.puppets.length);
            present.push(puppet);
          }
          for (const { key } of present.splice(0, goes))
            stage.do(stage.torrent.handle({ type: 'socket-closed', peer: key, reason: 'remote-closed' }, stage.nowMs));
          stage.passTime(MINUTE);
        }
        const named = new Set<number>();
        for (const { message } of listener.heardOf('pex')) {
          expect(message.added.length).toBeLessThanOrEqual(50);
          expect(message.dropped.length).toBeLessThanOrEqual(50);
          for (const { port } of message.added) {
            expect(named.has(port)).toBe(false);
            named.add(port);
          }
          for (const { port } of message.dropped) expect(named.delete(port)).toBe(true);
        }
      }),
      { numRuns: 8 },
    );
  });

  const shape = { totalLength: 20 * 32_768, pieceLength: 32_768 };

  test('brings together two that know only a third', () => {
    const swarm = new VirtualSwarm(21, shape);
    swarm.add({ has: [0, 1, 2] });
    const members = [swarm.add({ knows: [0] }), swarm.add({ knows: [0] })];
    const knowsEachOther = () =>
      members.every(({ torrent }) => torrent.status.peers.filter(({ peerId }) => peerId.length > 0).length === 2);
    swarm.runUntil(knowsEachOther, 5 * MINUTE);
  });

  test('does not, in a private torrent', () => {
    const swarm = new VirtualSwarm(21, shape);
    const first = swarm.add({ has: [0, 1, 2], isPrivate: true });
    const members = [swarm.add({ knows: [0], isPrivate: true }), swarm.add({ knows: [0], isPrivate: true })];
    swarm.runUntil(() => swarm.nowMs > 5 * MINUTE, 6 * MINUTE);
    expect(members.map(({ pipes }) => pipes.size)).toEqual([1, 1]);
    expect(first.pipes.size).toBe(2);
  });
});

describe('upload-only (BEP 21)', () => {
  test('is said from the start by who has everything, and closes a peer that wants nothing either', () => {
    const stage = new Stage({ isComplete: true });
    const puppet = stage.join('198.51.100.2');
    expect(puppet.heardOf('extended-handshake')[0]?.handshake.uploadOnly).toBe(true);
    introduce(puppet);
    expect(puppet.closeReason).toBeUndefined();
    puppet.say({ type: 'upload-only', uploadOnly: true });
    expect(puppet.closeReason).toBe('both-complete');
  });

  test('is said when the last piece is there', () => {
    const stage = new Stage();
    const puppet = stage.join('198.51.100.2');
    introduce(puppet);
    puppet.say({ type: 'unchoke' });
    const other = stage.join('198.51.100.3');
    other.say({ type: 'extended-handshake', handshake: { port: 5 } }, { type: 'have-all' }, { type: 'unchoke' });
    for (const { piece, begin, length } of other.heardOf('request'))
      other.say({ type: 'piece', piece, begin, block: new Uint8Array(length) });
    for (const action of [...stage.actions]) {
      if (action.type !== 'verify-piece') continue;
      const verdict = { type: 'piece-verified', piece: action.piece, isValid: true, blockDigests: undefined } as const;
      stage.do(stage.torrent.handle(verdict, stage.nowMs));
    }
    expect(stage.torrent.status.state).toBe('seeding');
    expect(puppet.heardOf('upload-only').map(({ uploadOnly }) => uploadOnly)).toEqual([true]);
    expect(other.closeReason).toBe('both-complete');
  });
});

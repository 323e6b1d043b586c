import type { Case } from '../../case.js';
import { fail } from '../../errors.js';
import { clientCase } from '../client-case.js';
import type { ClientSubject } from '../subject.js';
import { taken } from '../taken.js';

const STATE = 'BEP 3, choke and interest';

export const interestCases: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'bep3/state/interest/none-for-nothing', level: 'MUST', section: STATE },
    rule: 'It is not interested in a peer that has nothing.',
    play: async (stage) => {
      await stage.start();
      const empty = await stage.leech();
      await stage.meet(empty);
      await stage.until(() => empty.isGreeted, 20_000, 'its handshake');
      await stage.meet(await stage.seed());
      await stage.completes();
      if (empty.heard('interested').length > 0) fail('it said interested to a peer without any piece');
    },
  }),
  clientCase({
    ...{ id: 'bep3/state/interest/by-have', level: 'MUST', section: STATE },
    rule: 'It becomes interested when a peer gets a piece that it lacks.',
    play: async (stage) => {
      await stage.start();
      const peer = await stage.seed({ have: [] });
      await stage.meet(peer);
      await stage.until(() => peer.isGreeted, 20_000, 'its handshake');
      peer.tell({ type: 'send', message: { type: 'have', piece: 3 } });
      await stage.until(() => peer.heard('interested').length > 0, 30_000, 'interested');
    },
  }),
  clientCase({
    ...{ id: 'bep3/state/interest/before-request', level: 'MUST', section: STATE },
    rule: 'It says interested before it asks for anything.',
    play: async (stage) => {
      await stage.start();
      const seed = await stage.seed();
      await stage.meet(seed);
      await stage.completes();
      const names = seed.records.filter(({ direction }) => direction === 'received').map(({ message }) => message);
      const first = names.find((name) => name === 'interested' || name === 'request');
      if (first !== 'interested') fail(`it said ${first} first`);
    },
  }),
  clientCase({
    ...{ id: 'bep3/state/interest/ends', level: 'MUST', section: STATE },
    rule: 'It says not-interested to a peer, or leaves it, when it has got everything that peer has.',
    play: async (stage) => {
      await stage.start();
      const some = await stage.seed({ have: [0, 1] });
      await stage.meet(some);
      await stage.until(() => some.heard('interested').length > 0, 30_000, 'interested');
      const isOver = (): boolean => some.heard('not-interested').length > 0 || some.closed > 0;
      await stage.until(isOver, 60_000, 'not-interested, after both pieces came');
    },
  }),
  clientCase({
    ...{ id: 'bep3/state/interest/seed', level: 'MUST', section: STATE, needs: ['seeds'] },
    rule: 'A seed is interested in nobody.',
    play: async (stage) => {
      await stage.startSeed();
      const other = await stage.leech({ have: [0, 1, 2], content: stage.torrent.content });
      await stage.meet(other);
      await stage.until(
        () => other.peer.heldCount === stage.torrent.mock.pieceCount,
        60_000,
        'a peer to download everything',
      );
      const said = ['interested', 'request'].find((name) => other.heard(name).length > 0);
      if (said !== undefined) fail(`it said ${said}`);
    },
  }),
  clientCase({
    ...{ id: 'bep3/state/choke/no-request-while-choked', level: 'MUST', section: STATE },
    rule: 'It asks for nothing before it is unchoked.',
    play: async (stage) => {
      await stage.start();
      const hard = await stage.seed({ behaviour: 'never-unchoke' });
      await stage.meet(hard);
      await stage.until(() => hard.heard('interested').length > 0, 30_000, 'interested');
      await stage.meet(await stage.seed());
      await stage.completes();
      if (hard.heard('request').length > 0) fail('it asked although it was choked');
    },
  }),
  clientCase({
    ...{ id: 'bep3/state/choke/requests-stop', level: 'MUST', section: STATE },
    rule: 'It stops asking when it is choked.',
    play: async (stage) => {
      await stage.start();
      const fickle = await stage.seed({
        behaviour: [
          {
            when: { on: 'receive', message: 'request', times: 1 },
            do: { type: 'send', message: { type: 'choke' } },
          },
          { when: { on: 'receive', message: 'request' }, do: { type: 'ignore' } },
        ],
      });
      await stage.meet(fickle);
      await stage.until(() => fickle.said('choke').length > 0, 40_000, 'requests');
      // What was on its way when the choke came may still arrive.
      await stage.never(() => false, 3_000);
      const before = fickle.heard('request').length;
      await stage.never(() => fickle.heard('request').length > before && 'it went on asking', 5_000);
    },
  }),
  clientCase({
    ...{ id: 'bep3/state/have/announced', level: 'SHOULD', section: 'BEP 3, have' },
    rule: 'It tells peers who lack them of the pieces it has completed.',
    play: async (stage) => {
      await stage.start();
      const empty = await stage.leech();
      await stage.meet(empty);
      await stage.until(() => empty.isGreeted, 20_000, 'its handshake');
      await stage.meet(await stage.seed({ have: [0, 1, 2, 3] }));
      // Where a bitfield is shorter than what has to be said, some send that.
      const bits = (): number => Math.max(0, ...empty.heard('bitfield').map((one) => ones(String(one['bits']))));
      const told = (): number => Math.max(bits(), new Set(empty.heard('have').map(({ piece }) => piece)).size);
      await stage.until(() => told() >= 4, 60_000, 'a have for each of four pieces');
    },
  }),
  clientCase({
    ...{ id: 'bep3/state/have/true', level: 'MUST', section: 'BEP 3, have' },
    rule: 'It never says that it has a piece which nobody gave it.',
    play: async (stage) => {
      await stage.start();
      const empty = await stage.leech({
        behaviour: [{ when: { on: 'send', message: 'interested' }, do: { type: 'drop' } }],
      });
      await stage.meet(empty);
      await stage.until(() => empty.isGreeted, 20_000, 'its handshake');
      const some = await stage.seed({ have: [0, 1, 2, 3] });
      await stage.meet(some);
      await taken(stage, some, [0, 1, 2, 3]);
      const lie = empty.heard('have').find(({ piece }) => Number(piece) > 3);
      if (lie !== undefined) fail(`it said that it has piece ${lie['piece']}`);
      if (empty.heard('have-all').length > 0) fail('it said have-all');
    },
  }),
];

/** Bits that are set, of hexadecimal digits. */
function ones(digits: string): number {
  return [...digits].flatMap((digit) => [...Number.parseInt(digit, 16).toString(2)]).filter((bit) => bit === '1')
    .length;
}

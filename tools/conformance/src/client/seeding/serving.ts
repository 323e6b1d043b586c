import type { MessageSpec } from '@unchoke/mock-peer';
import type { Case } from '../../case.js';
import { fail } from '../../errors.js';
import type { Actor, ActorPlan } from '../actor.js';
import { calm } from '../calm.js';
import { clientCase, needsExtension } from '../client-case.js';
import type { Stage } from '../stage.js';
import type { ClientSubject } from '../subject.js';

const SEEDING = 'BEP 3, request and piece';
const seeds = { needs: ['seeds'] as const, section: SEEDING };
type Request = Omit<Extract<MessageSpec, { type: 'request' | 'cancel' | 'reject' }>, 'type'>;

/** What nobody may ask for. Served bytes would come from another place of the memory or the disk. */
const BAD: readonly (readonly [id: string, request: Request, what: string])[] = [
  ['index-out-of-range', { piece: 'count', begin: 0, length: 16_384 }, 'of a piece behind the last'],
  ['index-max', { piece: 'max', begin: 0, length: 16_384 }, 'of piece 2^32 − 1'],
  ['begin-beyond', { piece: 0, begin: 32_768, length: 16_384 }, 'behind the end of its piece'],
  ['begin-max', { piece: 0, begin: 'max', length: 16_384 }, 'at offset 2^32 − 1'],
  ['crossing-the-end', { piece: 0, begin: 24_576, length: 16_384 }, 'that crosses the end of its piece'],
  ['beyond-the-last', { piece: 'last', begin: 16_384, length: 16_384 }, 'that goes beyond the last byte'],
  ['zero', { piece: 0, begin: 0, length: 0 }, 'without bytes'],
  ['length-max', { piece: 0, begin: 0, length: 'max' }, 'of 2^32 − 1 bytes'],
  ['length-2-31', { piece: 0, begin: 0, length: 0x8000_0000 }, 'of 2^31 bytes'],
];

const bad: readonly Case<ClientSubject>[] = BAD.map(([id, request, what]) =>
  clientCase({
    ...{ id: `bep3/seeding/bad-request/${id}`, level: 'SAFE', ...seeds },
    rule: `It sends no data for a request ${what}.`,
    play: async (stage) => {
      const asker = await unchoked(stage);
      asker.tell({ type: 'send', message: { type: 'request', ...request } });
      // Requests are answered in their order, so whatever comes of the bad one comes before this one is answered.
      asker.tell({ type: 'send', message: { type: 'request', piece: 1, begin: 0, length: 16_384 } });
      const isAnswered = (): boolean => asker.heard('piece').some(({ piece }) => piece === 1);
      await stage.until(
        () => isAnswered() || asker.closed > 0,
        20_000,
        'an answer to the good request behind it, or a close',
      );
      const data = asker.heard('piece').find(({ piece, begin }) => piece !== 1 || begin !== 0);
      if (data !== undefined) fail(`it sent a block: piece ${data['piece']}, begin ${data['begin']}`);
      stage.judgeHealth();
    },
  }),
);

const own: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'bep3/seeding/serves', level: 'MUST', ...seeds },
    rule: 'As a seed it gives a peer everything, every piece right.',
    play: async (stage) => {
      await stage.startSeed();
      const leech = await stage.leech();
      await stage.meet(leech);
      await served(stage, leech);
      const bad = leech.notices.filter(({ type }) => type === 'piece-rejected').length;
      if (bad > 0) fail(`${bad} pieces were not right`);
      const [detail] = leech.oddities('unasked-block');
      if (detail !== undefined) fail(`it sent a block nobody asked for: ${detail}`);
    },
  }),
  clientCase({
    ...{ id: 'bep3/seeding/serves-several', level: 'SAFE', ...seeds },
    rule: 'It serves three peers at the same time.',
    play: async (stage) => {
      await stage.startSeed();
      // They want more than they ask for, so that none of them makes room for the next by being done.
      const modest = { when: { on: 'send', message: 'request', after: 2 }, do: { type: 'drop' } } as const;
      const leeches: Actor[] = [];
      for (let i = 0; i < 3; i++) leeches.push(await stage.leech({ behaviour: [modest] }));
      await stage.meet(...leeches);
      const isServed = (leech: Actor): boolean => leech.heard('piece').length > 0;
      await stage.until(() => leeches.every(isServed), 60_000, 'a block for each of three peers');
    },
  }),
  clientCase({
    ...{ id: 'bep3/seeding/any-range', level: 'SAFE', ...seeds },
    rule: 'It answers a request for part of a block with exactly that part, or not at all.',
    play: async (stage) => {
      const asker = await unchoked(stage);
      asker.tell({ type: 'send', message: { type: 'request', piece: 2, begin: 1_000, length: 777 } });
      asker.tell({ type: 'send', message: { type: 'request', piece: 3, begin: 0, length: 16_384 } });
      await stage.until(
        () => asker.heard('piece').some(({ piece }) => piece === 3) || asker.closed > 0,
        20_000,
        'an answer to the request behind it',
      );
      for (const { piece, begin, block } of asker.heard('piece')) {
        const length = lengthOf(block);
        const isAsked =
          (piece === 2 && begin === 1_000 && length === 777) || (piece === 3 && begin === 0 && length === 16_384);
        if (!isAsked) fail(`it sent ${length} bytes at ${begin} of piece ${piece}`);
      }
    },
  }),
  clientCase({
    ...{ id: 'bep3/seeding/while-choked', level: 'MUST', needs: ['seeds'], section: 'BEP 3, choke' },
    rule: 'It sends no data to a peer that it chokes.',
    play: async (stage) => {
      await stage.startSeed();
      const rude = await stage.leech({
        behaviour: [
          { when: { on: 'send', message: 'interested' }, do: { type: 'drop' } },
          {
            when: { on: 'ready' },
            do: { type: 'send', message: { type: 'request', piece: 0, begin: 0, length: 16_384 } },
          },
        ],
      });
      await stage.meet(rude);
      await stage.until(() => rude.isGreeted, 20_000, 'its handshake');
      const polite = await stage.leech();
      await stage.meet(polite);
      await served(stage, polite);
      const isAllowed = rude.heard('allowed-fast').some(({ piece }) => piece === 0);
      const isChoked = rude.heard('unchoke').length === 0 && !isAllowed;
      if (isChoked && rude.heard('piece').length > 0) fail('it sent a block to a peer that it had never unchoked');
    },
  }),
  clientCase({
    ...{ id: 'bep3/seeding/missing-piece', level: 'SAFE', section: SEEDING },
    rule: 'It sends no data of a piece that it does not have.',
    play: async (stage) => {
      await stage.start();
      const seed = await stage.seed({ have: [0, 1] });
      await stage.meet(seed);
      const asker = await stage.leech();
      await stage.meet(asker);
      await stage.until(() => asker.isGreeted, 20_000, 'its handshake');
      asker.tell({ type: 'send', message: { type: 'interested' } });
      await stage.until(() => asker.heard('unchoke').length > 0, 60_000, 'an unchoke');
      for (let piece = 5; piece < 10; piece++) {
        asker.tell({ type: 'send', message: { type: 'request', piece, begin: 0, length: 16_384 } });
      }
      await stage.never(() => {
        const data = asker.heard('piece').find(({ piece }) => Number(piece) >= 5);
        return data !== undefined && `it sent a block of piece ${data['piece']}`;
      }, 5_000);
      stage.judgeHealth();
    },
  }),
  clientCase({
    ...{ id: 'bep3/seeding/while-downloading', level: 'SHOULD', section: SEEDING },
    rule: 'It serves the pieces that it has while it still downloads others.',
    play: async (stage) => {
      await stage.start();
      const seed = await stage.seed({ have: [0, 1, 2, 3] });
      const leech = await stage.leech();
      await stage.meet(leech);
      await stage.until(() => leech.isGreeted, 20_000, 'its handshake');
      await stage.meet(seed);
      await stage.until(() => leech.peer.heldCount > 0, 60_000, 'a piece to be passed on');
    },
  }),
  clientCase({
    ...{ id: 'bep3/seeding/bitfield', level: 'MUST', needs: ['seeds'], section: 'BEP 3, bitfield' },
    rule: 'As a seed it says what it has once, before anything but BEP 10, with all bits set and the spare ones clear.',
    play: async (stage) => {
      await stage.startSeed();
      const peer = await stage.leech();
      await stage.meet(peer);
      await stage.until(() => peer.heard('unchoke').length > 0, 60_000, 'an unchoke');
      const names = peer.records.filter(({ direction }) => direction === 'received').map(({ message }) => message);
      const inventories = names.filter((name) => ['bitfield', 'have-all', 'have-none'].includes(name));
      if (inventories.length > 1) fail(`it said ${inventories.join(' and ')}`);
      const first = names.find(
        (name) => !['handshake', 'extended-handshake', 'extended', 'keep-alive', 'port'].includes(name),
      );
      if (first !== 'bitfield' && first !== 'have-all') fail(`it began with ${first}`);
      const [detail] = peer.oddities('wrong-bitfield');
      if (detail !== undefined) fail(`its bitfield: ${detail}`);
      if (inventories[0] === 'have-none') fail('it said have-none');
    },
  }),
  clientCase({
    ...{ id: 'bep3/seeding/request-flood', level: 'SAFE', ...seeds, profile: 'full', alone: true },
    rule: 'It serves an honest peer while another asks for a hundred thousand blocks.',
    play: async (stage) => await servesBeside(stage, { behaviour: 'request-flood' }),
  }),
  clientCase({
    ...{ id: 'bep3/seeding/same-block-flood', level: 'SAFE', ...seeds, profile: 'full', alone: true },
    rule: 'It serves an honest peer while another asks for one block ten thousand times.',
    play: async (stage) => await servesBeside(stage, { behaviour: 'request-same-block-flood' }),
  }),
  clientCase({
    ...{ id: 'bep3/seeding/never-read', level: 'SAFE', ...seeds },
    rule: 'It serves an honest peer while another asks and never reads the answers.',
    play: async (stage) => await servesBeside(stage, { behaviour: 'never-read' }),
  }),
  clientCase({
    ...{ id: 'bep3/seeding/cancel-unknown', level: 'SAFE', ...seeds },
    rule: 'It passes over a cancel for what nobody asked.',
    play: async (stage) => await servesBeside(stage, { behaviour: 'cancel-unknown' }),
  }),
  clientCase({
    ...{ id: 'bep3/seeding/cancel-late', level: 'SAFE', ...seeds },
    rule: 'It passes over a cancel for what it has sent already.',
    play: async (stage) => await servesBeside(stage, { behaviour: 'cancel-late' }),
  }),
  clientCase({
    ...{ id: 'bep3/seeding/half-close', level: 'SAFE', ...seeds },
    rule: 'It lives on when a peer closes one half of its connection.',
    play: async (stage) =>
      await servesBeside(stage, {
        behaviour: [{ when: { on: 'receive', message: 'unchoke' }, do: { type: 'close', how: 'half' } }],
      }),
  }),
  clientCase({
    ...{ id: 'bep3/seeding/churn', level: 'SAFE', ...seeds, profile: 'full', alone: true },
    rule: 'It serves an honest peer while another connects and leaves all the time.',
    play: async (stage) => {
      await stage.startSeed();
      const restless = await stage.leech({
        behaviour: {
          dial: { redialAfterMs: 10, redials: 200 },
          rules: [{ when: { on: 'receive', message: 'handshake' }, do: { type: 'close', how: 'reset' } }],
        },
      });
      await stage.meet(restless);
      const leech = await stage.leech({ behaviour: { dial: { redialAfterMs: 500 }, rules: [] } });
      await stage.until(() => restless.opened > 20, 30_000, 'connections to be taken');
      await stage.meet(leech);
      await served(stage, leech);
    },
  }),
  clientCase({
    ...{
      id: 'safe/seeding/meets-seed',
      level: 'SAFE',
      section: 'reliability',
      needs: ['seeds', 'dialsLoopback'],
      profile: 'full',
    },
    rule: 'It does not dial another seed more than five times in twenty seconds.',
    play: async (stage) => {
      const other = await stage.seed({ behaviour: 'seed-meets-seed' });
      stage.tracker.setScenario(stage.named(other));
      await stage.startSeed();
      await stage.never(() => other.opened > 5 && `it dialled ${other.opened} times`, 20_000);
    },
  }),
  clientCase({
    ...{ id: 'bep6/seeding/have-all', level: 'MUST', needs: ['seeds'], section: 'BEP 6' },
    rule: 'To a peer without the fast extension it sends none of its messages.',
    play: async (stage) => {
      await stage.startSeed();
      const plain = await stage.leech({
        behaviour: [
          { when: { on: 'send', message: 'handshake' }, do: { type: 'alter', fields: { reserved: '00'.repeat(8) } } },
        ],
      });
      await stage.meet(plain);
      await served(stage, plain);
      const fast = ['have-all', 'have-none', 'suggest', 'reject', 'allowed-fast'].find(
        (name) => plain.heard(name).length > 0,
      );
      if (fast !== undefined) fail(`it said ${fast}`);
    },
  }),
  clientCase({
    ...{ id: 'bep6/seeding/reject-while-choked', level: 'MUST', needs: ['seeds'], section: 'BEP 6' },
    rule: 'It rejects a request that it does not answer because it chokes the peer.',
    play: async (stage) => {
      await stage.startSeed();
      needsExtension(stage, 'fast');
      const rude = await stage.leech({
        behaviour: [
          { when: { on: 'send', message: 'interested' }, do: { type: 'drop' } },
          {
            when: { on: 'ready' },
            do: { type: 'send', message: { type: 'request', piece: 5, begin: 0, length: 16_384 } },
          },
        ],
      });
      await stage.meet(rude);
      const answers = (): number => rude.heard('reject').length + rude.heard('piece').length;
      await stage.until(() => answers() > 0, 20_000, 'a reject, or the block if the piece is allowed fast');
    },
  }),
  clientCase({
    ...{ id: 'bep6/seeding/one-answer', level: 'MUST', needs: ['seeds'], section: 'BEP 6' },
    rule: 'Every request gets exactly one answer, also one that is cancelled.',
    play: async (stage) => {
      const asker = await unchoked(stage);
      needsExtension(stage, 'fast');
      for (let piece = 0; piece < 8; piece++) {
        const block = { piece, begin: 0, length: 16_384 };
        asker.tell([
          { type: 'send', message: { type: 'request', ...block } },
          { type: 'send', message: { type: 'cancel', ...block } },
        ]);
      }
      const answers = (piece: number): number =>
        [...asker.heard('piece'), ...asker.heard('reject')].filter((record) => record['piece'] === piece).length;
      await stage.until(
        () => [0, 1, 2, 3, 4, 5, 6, 7].every((piece) => answers(piece) > 0),
        20_000,
        'an answer to each of eight requests',
      );
      const twice = [0, 1, 2, 3, 4, 5, 6, 7].find((piece) => answers(piece) > 1);
      if (twice !== undefined) fail(`it answered the request for piece ${twice} ${answers(twice)} times`);
    },
  }),
];

export const servingCases: readonly Case<ClientSubject>[] = [...own, ...bad];

/** A leech that wants nothing by itself and has been unchoked. */
export async function unchoked(stage: Stage): Promise<Actor> {
  await stage.startSeed();
  const asker = await stage.leech({ behaviour: [{ when: { on: 'send', message: 'request' }, do: { type: 'drop' } }] });
  await stage.meet(asker);
  await stage.until(() => asker.heard('unchoke').length > 0, 60_000, 'an unchoke');
  return asker;
}

/** Until a leech has it all. */
export async function served(stage: Stage, leech: Actor): Promise<void> {
  const { pieceCount } = stage.torrent.mock;
  await stage.until(() => leech.peer.heldCount === pieceCount, 60_000, `a peer to download all ${pieceCount} pieces`);
}

async function servesBeside(stage: Stage, rude: ActorPlan): Promise<void> {
  await stage.startSeed();
  const other = await stage.leech(rude);
  await stage.meet(other);
  await stage.until(() => other.hasFired || other.closed > 0, 60_000, 'the misbehaving peer to have its turn');
  const leech = await stage.leech();
  await stage.meet(leech);
  await served(stage, leech);
  // An honest peer may be done before the flood of the other one has come to its end.
  await calm(stage, other);
  stage.judgeHealth();
}

/** A transcript shows long bytes by their number. */
function lengthOf(block: unknown): number {
  if (typeof block === 'object' && block !== null && 'bytes' in block) return Number(block.bytes);
  return typeof block === 'string' ? block.length / 2 : 0;
}

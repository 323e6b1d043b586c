import type { Rule } from '@unchoke/mock-peer';
import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import type { Actor } from '../actor.js';
import { clientCase, needsExtension } from '../client-case.js';
import type { Stage } from '../stage.js';
import type { ClientSubject } from '../subject.js';

const CHOKING = 'BEP 3, choking';

export const chokingCases: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'bep3/choking/unchokes', level: 'SAFE', section: CHOKING, needs: ['seeds'] },
    rule: 'A seed with free slots unchokes an interested peer within half a minute.',
    play: async (stage) => {
      await stage.startSeed();
      const leech = await stage.leech();
      await stage.meet(leech);
      await stage.until(() => leech.heard('unchoke').length > 0, 35_000, 'an unchoke');
    },
  }),
  clientCase({
    ...{ id: 'bep3/choking/starts-choked', level: 'MUST', section: CHOKING, needs: ['seeds'] },
    rule: 'It begins every connection choking and says unchoke before it serves.',
    play: async (stage) => {
      await stage.startSeed();
      const leech = await stage.leech();
      await stage.meet(leech);
      await stage.until(() => leech.heard('piece').length > 0, 60_000, 'a block');
      const first = leech.records.find(
        ({ direction, message }) => direction === 'received' && (message === 'unchoke' || message === 'piece'),
      );
      if (first?.message !== 'unchoke' && leech.heard('allowed-fast').length === 0)
        fail('it sent a block before it had unchoked');
    },
  }),
  clientCase({
    ...{
      id: 'bep3/choking/slots',
      level: 'SHOULD',
      section: CHOKING,
      needs: ['seeds'],
      profile: 'full',
      timeoutS: 150,
    },
    rule: 'Of thirty interested peers it never serves all at the same time.',
    play: async (stage) => {
      const leeches = await crowd(stage, 30);
      await stage.until(() => leeches.some((leech) => isUnchoked(leech)), 60_000, 'an unchoke');
      await stage.never(() => leeches.every(isUnchoked) && 'all thirty were unchoked at once', 15_000);
    },
  }),
  clientCase({
    ...{
      id: 'bep3/choking/fibrillation',
      level: 'SHOULD',
      section: CHOKING,
      needs: ['seeds'],
      profile: 'full',
      timeoutS: 200,
    },
    rule: 'It changes its mind about a peer at most once in ten seconds.',
    play: async (stage) => {
      const leeches = await crowd(stage, 12);
      await stage.until(() => leeches.some(isUnchoked), 60_000, 'an unchoke');
      await stage.never(
        () => leeches.map((leech) => fibrillation(stage, leech)).find((seen) => seen !== undefined),
        45_000,
      );
    },
  }),
  clientCase({
    ...{
      id: 'bep3/choking/everybody-in-turn',
      level: 'SHOULD',
      section: CHOKING,
      needs: ['seeds'],
      profile: 'full',
      timeoutS: 320,
    },
    rule: 'A seed gives each of twelve interested peers a turn within four minutes.',
    play: async (stage) => {
      const leeches = await crowd(stage, 12);
      const returned = new Map<Actor, number>();
      const waits = (leech: Actor): boolean => {
        if (leech.heard('unchoke').length > 0) return false;
        // Some leave a peer after a minute that they have not unchoked: it comes back.
        if (leech.closed > (returned.get(leech) ?? 0)) {
          returned.set(leech, leech.closed);
          void stage.meet(leech);
        }
        return true;
      };
      await stage.until(() => leeches.filter(waits).length === 0, 240_000, 'each of twelve peers to be unchoked once');
    },
  }),
  clientCase({
    ...{ id: 'bep3/choking/downloader-unchokes', level: 'SHOULD', section: CHOKING },
    rule: 'It unchokes peers also while it downloads itself.',
    play: async (stage) => {
      await stage.start();
      const leech = await stage.leech();
      await stage.meet(leech);
      await stage.until(() => leech.isGreeted, 20_000, 'its handshake');
      await stage.meet(await stage.seed({ have: [0, 1, 2, 3] }));
      leech.tell({ type: 'send', message: { type: 'interested' } });
      await stage.until(() => leech.heard('unchoke').length > 0, 60_000, 'an unchoke');
    },
  }),
  clientCase({
    ...{
      id: 'bep6/choking/rejects-pending',
      level: 'MUST',
      section: 'BEP 6',
      needs: ['seeds'],
      profile: 'full',
      timeoutS: 200,
    },
    rule: 'With the fast extension it rejects what reaches it behind a choke.',
    play: async (stage) => {
      const asking: Rule = {
        when: { on: 'receive', message: 'choke', times: 1 },
        do: [4, 5, 6].map((piece) => ({ type: 'send', message: { type: 'request', piece, begin: 0, length: 16_384 } })),
      };
      const leeches = await crowd(stage, 12, [asking]);
      needsExtension(stage, 'fast');
      const choked = await stage
        .until(() => leeches.find((leech) => leech.heard('choke').length > 0), 120_000, 'a choke')
        .catch(() => notApplicable('it choked none of twelve peers'));
      const answered = (piece: number): boolean =>
        [...choked.heard('piece'), ...choked.heard('reject')].some((record) => record['piece'] === piece);
      await stage.until(() => [4, 5, 6].every(answered), 20_000, 'each of three requests to be rejected, or answered');
    },
  }),
];

/** Interested peers that are never satisfied. */
async function crowd(stage: Stage, count: number, rules: readonly Rule[] = []): Promise<readonly Actor[]> {
  await stage.startSeed();
  const leeches: Actor[] = [];
  for (let i = 0; i < count; i++) {
    // Two blocks at a time, slowly: nobody is through before the next round of choking.
    leeches.push(
      await stage.leech({
        behaviour: [{ when: { on: 'send', message: 'request', after: 2 }, do: { type: 'drop' } }, ...rules],
      }),
    );
  }
  await stage.meet(...leeches);
  return leeches;
}

function isUnchoked(leech: Actor): boolean {
  return leech.closed === 0 && leech.heard('unchoke').length > leech.heard('choke').length;
}

/** Two changes of the same connection that are too near to each other; a little early is not early. */
function fibrillation(stage: Stage, leech: Actor): string | undefined {
  const changes = leech.records.filter(
    ({ direction, message }) => direction === 'received' && (message === 'choke' || message === 'unchoke'),
  );
  for (let i = 2; i < changes.length; i++) {
    if (changes[i]!.connection !== changes[i - 1]!.connection) continue;
    const betweenMs = changes[i]!.timeMs - changes[i - 1]!.timeMs;
    if (betweenMs < stage.kit.ms(9_000))
      return `it said ${changes[i - 1]!.message} and ${changes[i]!.message} within ${Math.round(betweenMs)} ms`;
  }
  return undefined;
}

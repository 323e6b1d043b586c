import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import type { Actor, ActorPlan } from '../actor.js';
import { clientCase } from '../client-case.js';
import type { Stage } from '../stage.js';
import type { ClientSubject } from '../subject.js';

const HANDSHAKE = 'BEP 3, handshake';
const dials = { needs: ['dialsLoopback'] as const, section: HANDSHAKE };

export const outgoingCases: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'bep3/handshake/dialled/first', level: 'MUST', ...dials },
    rule: 'It greets first whom it dials, with the whole handshake.',
    play: async (stage) => {
      const peer = await dialled(stage, { behaviour: [{ when: { on: 'open' }, do: { type: 'mute' } }] });
      // Some try encryption first and plain text next time.
      await stage.until(() => peer.heard('handshake').length > 0, 60_000, 'a handshake');
    },
  }),
  clientCase({
    ...{ id: 'bep3/handshake/dialled/wrong-info-hash', level: 'MUST', ...dials },
    rule: 'It closes the connection when whom it dialled answers with another info-hash.',
    play: async (stage) => {
      const peer = await dialled(stage, { behaviour: 'handshake-wrong-info-hash' });
      await stage.until(() => peer.said('handshake').length > 0, 60_000, 'an exchange of handshakes');
      await stage.until(() => peer.closed >= peer.opened, 20_000, 'the connection to be closed');
      const said = ['interested', 'request'].find((name) => peer.heard(name).length > 0);
      if (said !== undefined) fail(`it went on and said ${said}`);
    },
  }),
  clientCase({
    ...{ id: 'bep3/handshake/dialled/never-answered', level: 'SAFE', ...dials, profile: 'full', timeoutS: 150 },
    rule: 'It gives up within a minute on a peer that takes its connection and never answers.',
    play: async (stage) => {
      const peer = await dialled(stage, { behaviour: 'never-answer' });
      await stage.until(() => peer.closed > 0, 65_000, 'the connection to be closed');
    },
  }),
  clientCase({
    ...{ id: 'bep3/handshake/dialled/closed-at-once', level: 'SAFE', ...dials, profile: 'full', timeoutS: 100 },
    rule: 'It does not dial a peer that closes at once more than ten times in twenty seconds.',
    play: async (stage) => {
      const peer = await dialled(stage, { behaviour: 'close-on-open' });
      await stage.never(() => peer.opened > 10 && `it dialled ${peer.opened} times`, 20_000);
    },
  }),
  clientCase({
    ...{ id: 'bep3/handshake/dialled/peer-id-mismatch', level: 'MAY', ...dials },
    rule: 'It severs the connection when a peer does not have the id that the tracker gave.',
    stage: { scenario: { rules: [] } },
    play: async (stage) => {
      const peer = await stage.seed({ behaviour: 'peer-id-not-announced' });
      stage.tracker.setScenario({
        rules: [{ do: { reply: { peers: { only: [peer.address], form: 'dictionary' } } } }],
      });
      await stage.start();
      const endMs = performance.now() + stage.kit.ms(30_000);
      await stage.until(() => peer.opened > 0 || performance.now() >= endMs, 60_000, 'it to dial');
      if (peer.opened === 0) notApplicable('it does not dial the peers of a list of dictionaries');
      await stage.until(() => peer.closed > 0, 20_000, 'the connection to be closed');
      if (peer.heard('request').length > 0) fail('it downloaded from the stranger');
    },
  }),
  clientCase({
    ...{ id: 'bep3/handshake/dialled/simultaneous', level: 'SAFE', ...dials },
    rule: 'It keeps at most one connection with a peer that dials it while it dials.',
    play: async (stage) => {
      const peer = await dialled(stage, {
        have: [],
        behaviour: [{ when: { on: 'send', message: ['have-none', 'bitfield'] }, do: { type: 'drop' } }],
      });
      await stage.until(() => peer.isGreeted, 60_000, 'an exchange of handshakes');
      await stage.meet(peer);
      await stage.until(() => peer.opened > 1, 20_000, 'the second connection');
      await stage.until(() => peer.closed >= peer.opened - 1, 20_000, 'one of the two connections to be closed');
    },
  }),
];

/** A peer that the tracker names; resolves when the subject, once started, has dialled it. */
export async function dialled(stage: Stage, plan: ActorPlan): Promise<Actor> {
  const peer = await stage.seed(plan);
  stage.tracker.setScenario(stage.named(peer));
  await stage.start('download', { peer: peer.address });
  await stage.until(() => peer.opened > 0, 30_000, 'it to dial the peer that the tracker named');
  return peer;
}

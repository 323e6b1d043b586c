import { type Behaviour, bundledBehaviour, type Rule } from '@unchoke/mock-peer';
import type { Case, Level } from '../case.js';
import { fail } from '../errors.js';
import type { Actor } from './actor.js';
import { clientCase, needsExtension } from './client-case.js';
import type { Stage, StagePlan } from './stage.js';
import type { ClientSubject } from './subject.js';

/** A seed that misbehaves towards a downloading subject, beside one that does not. */
export interface Hostile {
  readonly id: string;
  readonly level: Level;
  readonly rule: string;
  readonly section: string;
  readonly reason?: string;
  /** A behaviour of mock-peer by its name, or rules. */
  readonly behaviour: string | readonly Rule[];
  /**
   * `close`: the connection is closed by the subject · `survive`: whatever becomes of the connection, the download
   * completes from the other seed · `keep`: the connection stays until then · `alone`: it completes from this one seed.
   */
  readonly expect: 'close' | 'survive' | 'keep' | 'alone';
  readonly extension?: 'fast' | 'extensions';
  readonly profile?: 'quick' | 'full';
  readonly timeoutS?: number;
  readonly alone?: true;
  /** Seconds for the close, or for the completion. */
  readonly withinS?: number;
  readonly stage?: StagePlan;
  readonly withheld?: true;
  /** Seconds before anybody else comes, while it has the first piece only: for what takes longer than a download. */
  readonly lingersS?: number;
  /** More to judge once it is complete. */
  readonly judge?: (stage: Stage, liar: Actor) => void;
}

/** A download between a liar and an honest seed, judged by its outcome. */
export function hostileCase(plan: Hostile): Case<ClientSubject> {
  const { behaviour, expect, extension, withinS, lingersS, judge, ...rest } = plan;
  return clientCase({
    ...rest,
    play: async (stage) => {
      await stage.start();
      if (extension !== undefined) needsExtension(stage, extension);
      const liar = await stage.seed({
        behaviour: expect === 'alone' ? returning(behaviour) : behaviour,
        have: lingersS === undefined ? 'all' : [0],
      });
      await stage.meet(liar);
      await stage.until(
        () => liar.hasFired || liar.closed > 0 || stage.isComplete,
        ACQUAINTED_MS,
        'the misbehaving peer to have its turn',
      );
      if (lingersS !== undefined) await stage.never(() => false, lingersS * 1000);
      if (!liar.isGreeted && liar.closed > 0) fail('it closed the connection of a peer before its handshake');
      if (expect === 'close') {
        const limitMs = (withinS ?? CLOSE_S) * 1000;
        await stage.until(() => liar.closed > 0, limitMs, 'the connection to be closed');
      }
      if (expect !== 'alone') await stage.meet(await stage.seed());
      const before = expect === 'keep' ? () => liar.closed : undefined;
      await completesWith(stage, withinS === undefined || expect === 'close' ? undefined : withinS * 1000, before);
      judge?.(stage, liar);
    },
  });
}

/** Nobody else could help out, so it comes back when it is sent away. */
function returning(behaviour: Hostile['behaviour']): Behaviour {
  const known: Behaviour = typeof behaviour === 'string' ? bundledBehaviour(behaviour) : { rules: behaviour };
  return { ...known, dial: { redialAfterMs: 1_000, ...known.dial } };
}

/** Completes; a connection that is to stay must not be closed by the subject while the download goes on. */
async function completesWith(
  stage: Stage,
  limitMs: number | undefined,
  closed: (() => number) | undefined,
): Promise<void> {
  if (closed !== undefined) {
    await stage.until(
      () => {
        // At the end of a download everything may be closed.
        if (stage.isComplete) return true;
        if (closed() > 0 && !stage.isAllSent) fail('it closed the connection');
        return false;
      },
      limitMs ?? COMPLETE_MS,
      'the download to complete',
    );
  }
  await stage.completes(limitMs);
}

/** Programs that decide every ten seconds need some of these before a message of theirs sets off a rule. */
const ACQUAINTED_MS = 40_000;
/** Judging a prefix takes no time at all; this is for machines that are busy with other things. */
const CLOSE_S = 20;
const COMPLETE_MS = 60_000;

import type { Case, Level } from '../case.js';
import { notApplicable } from '../errors.js';
import { offers } from './greeting.js';
import { Stage, type StagePlan } from './stage.js';
import type { ClientSubject, ClientTraits } from './subject.js';

/** A rule for clients, without what all of them have in common. */
export interface ClientCasePlan {
  readonly id: string;
  readonly level: Level;
  readonly rule: string;
  readonly section: string;
  readonly reason?: string;
  readonly withheld?: true;
  readonly alone?: true;
  /** Default quick. */
  readonly profile?: 'quick' | 'full';
  /** Seconds; default 90. */
  readonly timeoutS?: number;
  /** Without these it is not applicable. */
  readonly needs?: readonly (keyof ClientTraits)[];
  readonly stage?: StagePlan;
  readonly play: (stage: Stage) => Promise<void>;
}

export function clientCase(plan: ClientCasePlan): Case<ClientSubject> {
  const { id, level, rule, section, reason, withheld, alone, profile = 'quick', timeoutS, needs = [], play } = plan;
  return {
    ...{ id, level, rule, section, profile, subject: 'client' },
    ...(reason === undefined ? {} : { reason }),
    ...(withheld === undefined ? {} : { withheld }),
    ...(alone === undefined ? {} : { alone }),
    ...(timeoutS === undefined ? {} : { timeoutMs: timeoutS * 1000 }),
    run: async (subject, kit) => {
      for (const need of needs) if (!subject.traits[need]) notApplicable(LACKS[need]);
      await play(await Stage.set(subject, kit, plan.stage));
    },
  };
}

/** After the start: ends the case when the subject did not offer an extension in its handshake. */
export function needsExtension(stage: Stage, extension: 'fast' | 'extensions'): void {
  if (stage.greeting !== undefined && offers(stage.greeting, extension)) return;
  notApplicable(extension === 'fast' ? 'it does not offer BEP 6' : 'it does not offer BEP 10');
}

const LACKS: Readonly<Record<keyof ClientTraits, string>> = {
  seeds: 'it was not said how it is started as a seed',
  takesMagnets: 'it was not said how it takes a magnet link',
  dialsLoopback: 'it does not dial peers on loopback addresses',
  listens: 'it does not listen on a port that can be told to it',
  exits: 'it goes on when a download is complete',
};

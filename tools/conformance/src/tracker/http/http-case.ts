import type { Case, Kit, Level } from '../../case.js';
import { notApplicable } from '../../errors.js';
import type { TrackerSubject } from '../subject.js';
import { HttpTracker } from './http-tracker.js';

/** How cases of one kind are told. */
export interface HttpRule {
  readonly id: string;
  readonly level: Level;
  readonly rule: string;
  readonly section: string;
  readonly reason?: string;
  readonly profile?: 'quick' | 'full';
  readonly alone?: true;
  readonly timeoutMs?: number;
  readonly run: (tracker: HttpTracker, kit: Kit) => Promise<void>;
}

/** A case about HTTP; a tracker without it has nothing to do with it. */
export function httpCase({ run, profile = 'quick', ...rule }: HttpRule): Case<TrackerSubject> {
  return {
    ...rule,
    subject: 'tracker',
    profile,
    run: async ({ http, known }, kit) => {
      if (http === undefined) return notApplicable('it was given without an HTTP address');
      await run(new HttpTracker(http, kit, known), kit);
    },
  };
}

import type { Case, Kit, Level } from '../../case.js';
import { notApplicable } from '../../errors.js';
import type { TrackerSubject } from '../subject.js';
import { UdpTracker } from './udp-tracker.js';

/** How cases about UDP are told. */
export interface UdpRule {
  readonly id: string;
  readonly level: Level;
  readonly rule: string;
  readonly section?: string;
  readonly reason?: string;
  readonly profile?: 'quick' | 'full';
  readonly timeoutMs?: number;
  readonly run: (tracker: UdpTracker, kit: Kit) => Promise<void>;
}

/** A case about UDP; a tracker without it has nothing to do with it. */
export function udpCase({ run, profile = 'quick', section = 'BEP 15', ...rule }: UdpRule): Case<TrackerSubject> {
  return {
    ...rule,
    section,
    subject: 'tracker',
    profile,
    run: async ({ udp, known }, kit) => {
      if (udp === undefined) return notApplicable('it was given without a UDP address');
      await run(await UdpTracker.open(udp, kit, { known }), kit);
    },
  };
}

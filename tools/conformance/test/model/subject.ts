import type { ClientSubject } from '../../src/client/subject.js';
import { ModelClient } from './client.js';

/** The model client as a subject of the kit. */
export function modelSubject(
  flaws: readonly string[],
  timeScale: number,
  exits: boolean,
  met: (kind: string) => void = () => undefined,
): ClientSubject {
  const flaw = (name: string): boolean => flaws.includes(name);
  return {
    name: flaws.length === 0 ? 'model' : `model with ${flaws.join(', ')}`,
    traits: { seeds: true, takesMagnets: true, dialsLoopback: true, listens: true, exits },
    start: async (job) => new ModelClient({ job, flaw, timeScale, exits, met }),
  };
}

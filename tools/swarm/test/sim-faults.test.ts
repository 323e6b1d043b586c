import { describe, expect, test } from 'vitest';
import { drawPlan, NO_FAULTS } from '../src/sim/sim-plan.js';
import { Simulation } from '../src/sim/simulation.js';
import { FAULT_NAMES, parseFaults, withFaults } from '../src/sim/told-faults.js';

/** Often enough to be seen within a few minutes of virtual time. */
const OFTEN: Readonly<Record<string, number>> = Object.fromEntries(Object.keys(NO_FAULTS).map((name) => [name, 6]));

describe('a fault that is told instead of drawn', () => {
  test.each(FAULT_NAMES)('%s strikes, and nothing else', (name) => {
    const told = parseFaults(`${name}=${OFTEN[name] ?? 0.5}`);
    const plan = withFaults(drawPlan(3, { peers: 8, pieces: 20 }), told);
    const noted = new Set<string>();
    const simulation = new Simulation(plan);
    simulation.watch((line) => noted.add(line.trim().split(/\s{2,}/)[2]!));
    expect(simulation.run().isComplete).toBe(true);
    for (const fault of Object.keys(NO_FAULTS)) expect(noted.has(fault), fault).toBe(fault === name);
    const roles = new Set(plan.members.map(({ role }) => role));
    for (const role of FAULT_NAMES.slice(Object.keys(NO_FAULTS).length, -1)) {
      expect(roles.has(role as 'staller'), role).toBe(role === name);
    }
    expect(plan.cutOneIn).toBe(name === 'cuts' ? 2 : 0);
  });

  test('a piece that rots is sent as it stands, and found false by who gets it; nobody else is blamed', () => {
    let rejected = 0;
    let blamed = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const simulation = new Simulation(withFaults(drawPlan(seed, { peers: 8 }), parseFaults('rottenPieces=30')));
      expect(simulation.run().isComplete).toBe(true);
      for (const member of simulation.members) {
        rejected += simulation.world.monitor.ledgers[member.index]!.rejectedPieces;
        if (member.isBlamed) blamed++;
        expect(member.isBlamed && !member.hasRotted).toBe(false);
        expect(member.disk.rotten).toEqual([]);
      }
    }
    expect(rejected).toBeGreaterThan(0);
    expect(blamed).toBeGreaterThan(0);
  });

  test('a run without any is one without any', () => {
    const plan = withFaults(drawPlan(3), parseFaults('none'));
    expect(plan.faults).toEqual(NO_FAULTS);
    expect(new Set(plan.members.map(({ role }) => role))).toEqual(new Set(['seed', 'leech']));
    expect(plan.command).toMatch(/--faults none$/);
  });

  test.each([
    ['resets', 'resets: expected a number from 0 to 600'],
    ['resets=-1', 'resets: expected'],
    ['resets=601', 'resets: expected'],
    ['staller=1.5', 'staller: expected a number from 0 to 1'],
    ['staller=0.6,corrupter=0.6', 'the shares of all roles are more than 1'],
    ['fire=1', '"fire" is not known; known are resets, '],
    ['', '"" is not known'],
  ])('%j is refused with a reason', (text, reason) => {
    expect(() => parseFaults(text)).toThrow(reason);
  });
});

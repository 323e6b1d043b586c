import { describe, expect, test } from 'vitest';
import { drawPlan } from '../src/sim/sim-plan.js';
import { Simulation } from '../src/sim/simulation.js';

/** CI names a seed of its own for each commit; the runs are then different ones every time, and still repeatable. */
const FIRST_SEED = Number(process.env['UNCHOKE_SEED'] ?? 1) * 1000 + 1;
const SEEDS = 300;
const STRIDE = 50;

describe(`small swarms with faults, seeds ${FIRST_SEED} to ${FIRST_SEED + SEEDS - 1}`, () => {
  test.each(Array.from({ length: SEEDS / STRIDE }, (_, index) => FIRST_SEED + index * STRIDE))(
    `keep every rule, and everybody honest completes: ${STRIDE} seeds from %i`,
    { timeout: 600_000 },
    (first) => {
      for (let seed = first; seed < first + STRIDE; seed++) {
        expect(new Simulation(drawPlan(seed)).run().isComplete).toBe(true);
      }
    },
  );

  // A leech between two stallers and a free rider, with all its places taken, starved beside a crowd of seeds.
  test('keep every rule where one once did not: seed 89 of the soak', { timeout: 600_000 }, () => {
    expect(new Simulation(drawPlan(89, { peers: 50, pieces: 200 })).run().isComplete).toBe(true);
  });

  // While others refused what it was asked for, it was endgame at the end of each look at the clock only, and nobody was late by its measure.
  test('keep every rule where one once did not: seed 755 of the soak', { timeout: 600_000 }, () => {
    expect(new Simulation(drawPlan(755, { peers: 50, pieces: 100 })).run().isComplete).toBe(true);
  });

  test('the same seed gives the same run, to the last event, and another seed another one', () => {
    const hashOf = (seed: number) => new Simulation(drawPlan(seed)).run().hash;
    expect(hashOf(7)).toBe(hashOf(7));
    expect(hashOf(7)).not.toBe(hashOf(8));
  });

  test('a run can be stopped anywhere, and is the same until then', () => {
    const whole: string[] = [];
    const part: string[] = [];
    const simulation = new Simulation(drawPlan(7));
    simulation.watch((line) => whole.push(line));
    simulation.run();
    const stopped = new Simulation(drawPlan(7));
    stopped.watch((line) => part.push(line));
    stopped.run(20_000);
    expect(part.length).toBeGreaterThan(100);
    expect(whole.slice(0, part.length)).toEqual(part);
  });

  test('drawn plans cover what they are meant to cover', () => {
    const plans = Array.from({ length: SEEDS }, (_, index) => drawPlan(FIRST_SEED + index));
    for (const fault of Object.keys(plans[0]!.faults) as (keyof (typeof plans)[0]['faults'])[]) {
      const on = plans.filter(({ faults }) => faults[fault] > 0).length;
      expect(on, fault).toBeGreaterThan(SEEDS / 4);
      expect(on, fault).toBeLessThan((SEEDS * 3) / 4);
    }
    const roles = new Set(plans.flatMap(({ members }) => members.map(({ role }) => role)));
    expect(roles.size).toBe(7);
  });
});

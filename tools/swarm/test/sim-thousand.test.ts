import { expect, test } from 'vitest';
import { drawPlan } from '../src/sim/sim-plan.js';
import { Simulation } from '../src/sim/simulation.js';

test('a swarm of a thousand, with faults, completes and keeps every rule', { timeout: 600_000 }, () => {
  const { isComplete, recountCount } = new Simulation(drawPlan(1, { peers: 1000, pieces: 20 })).run();
  expect(isComplete).toBe(true);
  expect(recountCount).toBeGreaterThan(100);
});

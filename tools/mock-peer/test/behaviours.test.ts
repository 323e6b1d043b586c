import { describe, expect, test } from 'vitest';
import { bundledBehaviour, bundledBehaviourNames } from '../src/index.js';
import { CONNECTIONS } from './expectations/connections.js';
import { EXTENSIONS } from './expectations/extensions.js';
import { FRAMING } from './expectations/framing.js';
import { HANDSHAKE } from './expectations/handshake.js';
import { PIECES } from './expectations/pieces.js';
import { REQUESTS } from './expectations/requests.js';
import { STATE } from './expectations/state.js';

const EXPECTATIONS = { ...HANDSHAKE, ...FRAMING, ...STATE, ...REQUESTS, ...PIECES, ...EXTENSIONS, ...CONNECTIONS };

test('every behaviour that comes along has an expectation, and the other way round', () => {
  expect(Object.keys(EXPECTATIONS).sort()).toEqual(bundledBehaviourNames());
});

test('the catalogue of misbehaviours of peers, 29 to 76, is covered', () => {
  const covered = new Set(bundledBehaviourNames().flatMap((name) => bundledBehaviour(name).catalogue ?? []));
  expect(Array.from({ length: 48 }, (_, i) => 29 + i).filter((number) => !covered.has(number))).toEqual([]);
});

describe('on the wire', () => {
  for (const [name, expectation] of Object.entries(EXPECTATIONS)) test(name, expectation);
});

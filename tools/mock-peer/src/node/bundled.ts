import { readdirSync, readFileSync } from 'node:fs';
import type { Behaviour } from '../behaviour.js';
import { checkBehaviour } from '../behaviour-check.js';
import { MockPeerError } from '../errors.js';

/** Beside `src` and `dist` alike. */
const FOLDER = new URL('../../behaviours/', import.meta.url);

/**
 * Names of the behaviours that come with the package, sorted.
 *
 * @example
 * for (const name of bundledBehaviourNames()) console.log(name, bundledBehaviour(name).title);
 */
export function bundledBehaviourNames(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/**
 * One of them.
 *
 * @example
 * const behaviour = bundledBehaviour('choke-for-ever');
 */
export function bundledBehaviour(name: string): Behaviour {
  if (!bundledBehaviourNames().includes(name)) {
    throw new MockPeerError(
      'bad-option',
      `no behaviour is called "${name}"; \`unchoke-mock-peer behaviours\` lists them`,
    );
  }
  return checkBehaviour(JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')));
}

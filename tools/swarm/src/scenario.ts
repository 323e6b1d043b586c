import { bundledBehaviour, bundledBehaviourNames, checkBehaviour } from '@unchoke/mock-peer';
import { parseScenario as parseTrackerScenario } from '@unchoke/mock-tracker';
import { LIMITS } from './limits.js';
import { DEFAULTS, type MemberPlan, type Plan } from './plan.js';

/**
 * A scenario that is not valid: where, and what would be right.
 *
 * @example
 * ```ts
 * import { parseScenario, ScenarioError } from '@unchoke/swarm';
 *
 * try {
 *   parseScenario({ members: [] });
 * } catch (error) {
 *   console.assert(error instanceof ScenarioError);
 * }
 * ```
 */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/**
 * Reads a scenario, as it comes out of `JSON.parse`, into a plan. What it does not say is as ever.
 *
 * @throws {ScenarioError} with the place, for anything unknown or out of bounds.
 * @example
 * ```ts
 * import { parseScenario } from '@unchoke/swarm';
 *
 * const { members } = parseScenario({ members: [{ role: 'seed' }, { role: 'leech', count: 2 }] });
 * console.log(members.map(({ name }) => name).join()); // seed 1,leech 1,leech 2
 * ```
 */
export function parseScenario(value: unknown): Plan {
  const scenario = record(value, 'scenario', ['about', 'seed', 'size', 'timeoutMs', 'start', 'tracker', 'members']);
  if (scenario['about'] !== undefined) text(scenario['about'], 'about');
  const members = list(scenario['members'], 'members').flatMap((member, index) =>
    readMember(member, `members[${index}]`),
  );
  checkMembers(members);
  const { tracker } = scenario;
  return {
    seed: optional(scenario['seed'], DEFAULTS.seed, (seed) => whole(seed, 'seed', 0, 2 ** 31)),
    contentBytes: optional(scenario['size'], DEFAULTS.contentBytes, (size) =>
      bytes(size, 'size', LIMITS.contentBytesMax),
    ),
    timeoutMs: optional(scenario['timeoutMs'], DEFAULTS.timeoutMs, (ms) => whole(ms, 'timeoutMs', 1, LIMITS.timeMsMax)),
    start: optional(scenario['start'], 'torrent', (start) => oneOf(start, 'start', ['torrent', 'magnet'])),
    ...(tracker === undefined ? {} : { tracker: asTold('tracker', () => parseTrackerScenario(tracker)) }),
    members: named(members),
  };
}

/** Whether these make a swarm. @throws {ScenarioError} when they do not. */
export function checkMembers(members: readonly MemberPlan[]): void {
  if (members.length > LIMITS.membersMax) fail('members', `at most ${LIMITS.membersMax} in all`);
  if (!members.some((member) => member.type !== 'mock' && !(member.type === 'ours' && member.role === 'seed')))
    fail('members', 'at least one of role leech: nobody would download anything');
}

type Nameless = MemberPlan & { readonly name: string };

function readMember(value: unknown, path: string): readonly Nameless[] {
  const { role } = record(value, path, undefined);
  switch (oneOf(role, `${path}.role`, ['seed', 'leech', 'mock', 'stranger'])) {
    case 'mock':
      return readMock(value, path);
    case 'stranger': {
      const { program, name } = record(value, path, ['role', 'name', 'program']);
      const called = text(program, `${path}.program`);
      return [{ type: 'stranger', name: optional(name, called, (own) => text(own, `${path}.name`)), program: called }];
    }
    default:
      return readOurs(value, path, role as 'seed' | 'leech');
  }
}

function readOurs(value: unknown, path: string, role: 'seed' | 'leech'): readonly Nameless[] {
  const keys = ['role', 'name', 'count', 'joinsAtMs', 'everyMs', 'leavesAtShare', 'maxUploadRate', 'maxDownloadRate'];
  const member = record(value, path, keys);
  const rate = (key: string) =>
    member[key] === undefined ? {} : { [key]: bytes(member[key], `${path}.${key}`, Number.MAX_SAFE_INTEGER) };
  const share = member['leavesAtShare'];
  const everyMs = optional(member['everyMs'], 0, (ms) => whole(ms, `${path}.everyMs`, 0, LIMITS.timeMsMax));
  const firstMs = optional(member['joinsAtMs'], 0, (ms) => whole(ms, `${path}.joinsAtMs`, 0, LIMITS.timeMsMax));
  return Array.from({ length: countOf(member, path) }, (_, index) => ({
    type: 'ours' as const,
    role,
    name: optional(member['name'], role, (name) => text(name, `${path}.name`)),
    joinsAtMs: firstMs + index * everyMs,
    ...(share === undefined ? {} : { leavesAtShare: fraction(share, `${path}.leavesAtShare`) }),
    ...rate('maxUploadRate'),
    ...rate('maxDownloadRate'),
  }));
}

function readMock(value: unknown, path: string): readonly Nameless[] {
  const member = record(value, path, ['role', 'name', 'count', 'behaviour']);
  const { behaviour } = member;
  const isName = typeof behaviour === 'string';
  if (isName && !bundledBehaviourNames().includes(behaviour))
    fail(`${path}.behaviour`, `no behaviour is called "${behaviour}"; npx unchoke-mock-peer behaviours lists them`);
  const checked = isName ? bundledBehaviour(behaviour) : asTold(`${path}.behaviour`, () => checkBehaviour(behaviour));
  const name = optional(member['name'], isName ? behaviour : 'mock', (own) => text(own, `${path}.name`));
  return Array.from({ length: countOf(member, path) }, () => ({ type: 'mock' as const, name, behaviour: checked }));
}

/** Those of one name are counted: leech 1, leech 2. Who is alone with a name keeps it, unless it is only a role. */
function named(members: readonly Nameless[]): readonly MemberPlan[] {
  const sums = new Map<string, number>();
  for (const { name } of members) sums.set(name, (sums.get(name) ?? 0) + 1);
  const counts = new Map<string, number>();
  return members.map((member) => {
    const count = (counts.get(member.name) ?? 0) + 1;
    counts.set(member.name, count);
    const isAlone = sums.get(member.name) === 1 && !['seed', 'leech'].includes(member.name);
    return { ...member, name: isAlone ? member.name : `${member.name} ${count}` };
  });
}

function countOf(member: Readonly<Record<string, unknown>>, path: string): number {
  return optional(member['count'], 1, (count) => whole(count, `${path}.count`, 1, LIMITS.membersMax));
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** A number of bytes, or text such as "64MiB". */
function bytes(value: unknown, path: string, max: number): number {
  if (typeof value === 'number') return whole(value, path, 1, max);
  const [, digits, unit = 'B'] = /^(\d{1,9})(B|KiB|MiB|GiB)?$/.exec(String(value)) ?? [];
  if (digits === undefined) fail(path, 'expected bytes: a whole number, or text such as "64MiB"');
  return whole(Number(digits) * UNITS[unit]!, path, 1, max);
}

function record(value: unknown, path: string, known: readonly string[] | undefined): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(path, 'expected an object');
  const unknown = known === undefined ? undefined : Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) fail(path, `"${unknown}" is not known here; known are ${known?.join(', ')}`);
  return value as Readonly<Record<string, unknown>>;
}

function list(value: unknown, path: string): readonly unknown[] {
  return Array.isArray(value) ? value : fail(path, 'expected a list');
}

function text(value: unknown, path: string): string {
  return typeof value === 'string' && value !== '' && value.length <= LIMITS.textLengthMax
    ? value
    : fail(path, `expected text of at most ${LIMITS.textLengthMax} characters`);
}

function whole(value: unknown, path: string, min: number, max: number): number {
  const isWhole = typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
  return isWhole ? value : fail(path, `expected a whole number from ${min} to ${max}`);
}

function fraction(value: unknown, path: string): number {
  return typeof value === 'number' && value >= 0 && value <= 1 ? value : fail(path, 'expected a number from 0 to 1');
}

function oneOf<T extends string>(value: unknown, path: string, known: readonly T[]): T {
  return known.find((one) => one === value) ?? fail(path, `expected ${known.map((one) => `"${one}"`).join(' or ')}`);
}

function optional<T>(value: unknown, otherwise: T, read: (value: unknown) => T): T {
  return value === undefined ? otherwise : read(value);
}

/** The packages check what is theirs; here only the place is added. */
function asTold<T>(path: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    return fail(path, error instanceof Error ? error.message : String(error));
  }
}

function fail(path: string, problem: string): never {
  throw new ScenarioError(`${path}: ${problem}`);
}

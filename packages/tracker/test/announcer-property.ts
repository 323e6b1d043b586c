import fc from 'fast-check';
import { expect } from 'vitest';
import { EXCHANGE_MS_MAX, type Mood, Rules, STOP_MS_MAX, World } from './announcer-world.js';

const TIERS = [['udp://a', 'udp://b'], ['udp://c'], ['udp://d', 'udp://e']];
const URLS = TIERS.flat();
const HOUR_MS = 3_600_000;

class Start implements fc.Command<Rules, World> {
  check = (): boolean => true;

  run(rules: Rules, world: World): void {
    if (rules.phase === 'idle') rules.phase = 'running';
    else if (rules.phase === 'stopping') rules.startsAgain = true;
    world.tell({ type: 'torrent-started' });
  }

  toString = (): string => 'start';
}

class Stop implements fc.Command<Rules, World> {
  check = (): boolean => true;

  run(rules: Rules, world: World): void {
    rules.startsAgain = false;
    if (rules.phase === 'running') {
      rules.phase = 'stopping';
      rules.stopMs = world.nowMs;
    }
    world.tell({ type: 'torrent-stopped' });
  }

  toString = (): string => 'stop';
}

class Complete implements fc.Command<Rules, World> {
  check = (rules: Readonly<Rules>): boolean => !rules.isCompleted;

  run(rules: Rules, world: World): void {
    if (rules.phase !== 'idle') rules.isCompleted = true;
    world.tell({ type: 'torrent-completed' });
  }

  toString = (): string => 'complete';
}

class NeedPeers implements fc.Command<Rules, World> {
  readonly #count: number;
  check = (): boolean => true;

  constructor(count: number) {
    this.#count = count;
  }

  run(rules: Rules, world: World): void {
    rules.needsPeers = this.#count > 0;
    world.tell({ type: 'peers-needed', count: this.#count });
  }

  toString = (): string => `need ${this.#count} peers`;
}

class Pass implements fc.Command<Rules, World> {
  readonly #seconds: number;
  check = (): boolean => true;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  run(_rules: Rules, world: World): void {
    world.runUntil(world.nowMs + this.#seconds * 1000);
  }

  toString = (): string => `pass ${this.#seconds} s`;
}

class ChangeMood implements fc.Command<Rules, World> {
  readonly #url: string;
  readonly #mood: Mood;
  check = (): boolean => true;

  constructor(url: string, mood: Mood) {
    this.#url = url;
    this.#mood = mood;
  }

  run(rules: Rules): void {
    rules.at(this.#url).mood = this.#mood;
  }

  toString = (): string => `${this.#url} ${JSON.stringify(this.#mood)}`;
}

const delayMs = fc.integer({ min: 1, max: 20_000 });
const absurd = fc.oneof(
  fc.integer({ min: 60, max: 3600 }),
  fc.integer({ min: -5, max: 10 }),
  fc.constant(2 ** 31),
  fc.maxSafeInteger(),
);
const answers: fc.Arbitrary<Mood> = fc.record(
  { type: fc.constant('answers' as const), intervalS: absurd, minIntervalS: absurd, delayMs },
  { requiredKeys: ['type', 'intervalS', 'delayMs'] },
) as fc.Arbitrary<Mood>;
const problems = fc.oneof(
  fc.constant({ code: 'unreachable', message: 'down' } as const),
  fc.constant({ code: 'refused', message: 'no' } as const),
  fc.nat(100_000).map((retryInS) => ({ code: 'refused', message: 'later', retryInS }) as const),
);
const moods: fc.Arbitrary<Mood> = fc.oneof(
  { weight: 3, arbitrary: answers },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('fails' as const), problem: problems, delayMs }) },
  { weight: 1, arbitrary: fc.constant<Mood>({ type: 'hangs' }) },
  {
    weight: 1,
    arbitrary: fc.constant<Mood>({
      type: 'fails',
      problem: { code: 'refused', message: 'never', retryInS: 'never' },
      delayMs: 1,
    }),
  },
);

const commands = fc.commands(
  [
    fc.constant(new Start()),
    fc.constant(new Stop()),
    fc.constant(new Complete()),
    fc.nat(60).map((count) => new NeedPeers(count)),
    fc.oneof(fc.nat(60), fc.nat(4000), fc.nat(100_000)).map((seconds) => new Pass(seconds)),
    fc.tuple(fc.constantFrom(...URLS), moods).map(([url, mood]) => new ChangeMood(url, mood)),
    fc.tuple(fc.constantFrom(...URLS), moods).map(([url, mood]) => new ChangeMood(url, mood)),
  ],
  { maxCommands: 80 },
);
const chances = fc.array(fc.nat(2 ** 31), { minLength: 16, maxLength: 16 });

/**
 * Whatever happens: never too early, never in the wrong order, `stopped` and `completed` never lost, and the one live tracker
 * is found in time.
 */
export function announcerProperty(): fc.IPropertyWithHooks<unknown[]> {
  return fc.property(commands, chances, fc.nat(), fc.boolean(), (steps, drawn, which, hang) => {
    let next = 0;
    const rules = new Rules(TIERS);
    const world = new World(rules, TIERS, (bound) => drawn[next++ % drawn.length]! % bound);
    fc.modelRun(() => ({ model: rules, real: world }), steps);
    findsTheLiveOne(rules, world, which, hang);
    stopsInTime(rules, world);
  }) as unknown as fc.IPropertyWithHooks<unknown[]>;
}

/** All but one tracker are dead from now on. The bound is made of what the rules allow, not of what the announcer does. */
function findsTheLiveOne(rules: Rules, world: World, which: number, hang: boolean): void {
  const dead: Mood = hang
    ? { type: 'hangs' }
    : { type: 'fails', problem: { code: 'unreachable', message: 'dead' }, delayMs: 1 };
  for (const url of URLS) rules.at(url).mood = dead;
  if (rules.phase !== 'running') {
    world.runUntil(world.nowMs + STOP_MS_MAX);
    new Start().run(rules, world);
  }
  // What was under way when the world changed comes to its end.
  world.runUntil(world.nowMs + EXCHANGE_MS_MAX);
  const candidates = URLS.filter((url) => !rules.at(url).isEnded);
  if (candidates.length === 0) return;
  const live = candidates[which % candidates.length]!;
  world.runUntil(world.nowMs + EXCHANGE_MS_MAX, () => !world.isAsking(live));
  rules.at(live).mood = { type: 'answers', intervalS: 1800, delayMs: 100 };
  const heardCount = world.heard.length;
  const isFound = (): boolean => world.heard.slice(heardCount).some((line) => line.startsWith(live));
  // Whoever answered last has its interval pass, if it does not fail before; the live one has its back-off pass; then there
  // are at most two walks through the list: one that has passed it by, and one that finds it.
  const waitMs = Math.max(0, ...URLS.map((url) => rules.at(url).regularByMs - world.nowMs));
  const backOffMs = Math.max(0, rules.at(live).retryByMs - world.nowMs);
  const boundMs = waitMs + backOffMs + 2 * URLS.length * EXCHANGE_MS_MAX;
  world.runUntil(world.nowMs + boundMs, isFound);
  expect(isFound()).toBe(true);
  // And what was owed is not forgotten: the completion reaches it.
  if (!rules.isCompleted) new Complete().run(rules, world);
  world.runUntil(world.nowMs + 2 * HOUR_MS, () => rules.wasCompletedHeard);
  expect(rules.wasCompletedHeard).toBe(true);
  expect(world.heard.filter((line) => line.endsWith('completed'))).toHaveLength(1);
}

function stopsInTime(rules: Rules, world: World): void {
  world.runUntil(world.nowMs + HOUR_MS);
  const wasRunning = rules.phase === 'running';
  const counting = URLS.filter((url) => rules.at(url).countsUs && rules.at(url).mood.type === 'answers');
  const heardCount = world.heard.length;
  new Stop().run(rules, world);
  world.runUntil(world.nowMs + STOP_MS_MAX);
  expect(world.announcer.phase).toBe('idle');
  expect(world.announcer.deadlineMs).toBeUndefined();
  if (!wasRunning) return;
  for (const url of counting) {
    const { mood } = rules.at(url);
    if (mood.type === 'answers' && mood.delayMs < STOP_MS_MAX / 2)
      expect(world.heard.slice(heardCount)).toContain(`${url} stopped`);
  }
}

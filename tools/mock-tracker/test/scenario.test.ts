import { describe, expect, test } from 'vitest';
import { MockTrackerError, parseScenario } from '../src/index.js';
import { type RequestFacts, ScenarioJudge } from '../src/scenario/judge.js';

const FACTS: RequestFacts = {
  protocol: 'http',
  kind: 'announce',
  infoHashes: ['h'.repeat(20)],
  peerId: '-TR4000-abcdefghijkl',
  address: '127.0.0.1',
  userAgent: 'Transmission/4.0.0',
  event: 'started',
  trackerId: undefined,
};

function problemsIn(value: unknown): readonly string[] {
  try {
    parseScenario(value);
  } catch (error) {
    if (MockTrackerError.isInstance(error) && error.code === 'bad-scenario') return error.problems;
    throw error;
  }
  return [];
}

/** The names of the rules that a row of requests meets; `-` for none. */
function verdicts(scenario: unknown, requests: readonly Partial<RequestFacts>[]): string {
  const judge = new ScenarioJudge(parseScenario(scenario));
  return requests.map((facts) => judge.judge({ ...FACTS, ...facts })?.ruleName ?? '-').join(' ');
}

describe('what is wrong with a scenario, and where', () => {
  const rule = (parts: object): object => ({ rules: [{ do: {}, ...parts }] });
  test.each([
    [null, 'scenario: expected an object, found null'],
    [[], 'scenario: expected an object, found a list'],
    [{}, 'rules: is missing'],
    [{ rules: {} }, 'rules: expected a list, found an object'],
    [{ rules: [], sed: 1 }, 'sed: unknown key; did you mean "seed"?'],
    [{ rules: [], seed: -1 }, `seed: expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, found -1`],
    [{ rules: [{}] }, 'rules[0].do: is missing'],
    [
      rule({ when: { protocol: 'htp' } }),
      'rules[0].when.protocol: expected one of "http", "udp", found "htp"; did you mean "http"?',
    ],
    [
      rule({ when: { infoHash: 'abc' } }),
      'rules[0].when.infoHash: expected an info-hash of 40 hexadecimal digits, found "abc"',
    ],
    [
      rule({ when: { address: ['127.0.0.1', 'localhost'] } }),
      'rules[0].when.address[1]: expected an IP address, found "localhost"',
    ],
    [
      rule({ when: { nth: 0 } }),
      `rules[0].when.nth: expected a whole number from 1 to ${Number.MAX_SAFE_INTEGER}, found 0`,
    ],
    [rule({ when: { nth: { form: 1 } } }), 'rules[0].when.nth.form: unknown key; did you mean "from"?'],
    [rule({ when: { chance: 1.5 } }), 'rules[0].when.chance: expected a number from 0 to 1, found 1.5'],
    [
      rule({ when: { peerId: '%zz' } }),
      'rules[0].when.peerId: expected how a peer id starts, at most 20 bytes, found "%zz"',
    ],
    [
      rule({ do: { http: { status: 99 } } }),
      'rules[0].do.http.status: expected a whole number from 100 to 599, found 99',
    ],
    [rule({ do: { http: { slowBody: { bytes: 1 } } } }), 'rules[0].do.http.slowBody.everyMs: is missing'],
    [
      rule({ do: { reply: { interval: 2 ** 53 } } }),
      'rules[0].do.reply.interval: expected a whole number, its digits as text, or null, found 9007199254740992',
    ],
    [
      rule({ do: { reply: { peers: { add: ['1.2.3.4'] } } } }),
      'rules[0].do.reply.peers.add[0]: expected "address:port", "[address]:port" or "self", found "1.2.3.4"',
    ],
    [rule({ do: { body: { replace: 'x' } } }), 'rules[0].do.body.replace: expected { "text": … } or { "hex": … }'],
    [
      rule({ do: { body: { append: { hex: 'abc' } } } }),
      'rules[0].do.body.append.hex: expected an even number of hexadecimal digits, found "abc"',
    ],
    [
      rule({ do: { udp: { strays: 1e6 } } }),
      'rules[0].do.udp.strays: expected a whole number from 0 to 100000, found 1000000',
    ],
    [
      JSON.parse('{ "rules": [{ "do": { "__proto__": 1 } }] }'),
      'rules[0].do.__proto__: unknown key; known: reply, body, http, udp',
    ],
  ])('%j', (value, problem) => {
    expect(problemsIn(value)).toEqual([problem]);
  });

  test('everything at once, within reason', () => {
    const rules = Array.from({ length: 30 }, () => ({ do: { http: { status: 'no' } } }));
    const problems = problemsIn({ rules });
    expect(problems).toHaveLength(21);
    expect(problems[20]).toBe('… and 10 more');
  });
});

describe('which rule a request meets', () => {
  test('the first that applies, and only that one', () => {
    const scenario = {
      rules: [
        { name: 'a', when: { event: 'stopped' }, do: {} },
        { name: 'b', do: {} },
        { name: 'c', do: {} },
      ],
    };
    expect(verdicts(scenario, [{}, { event: 'stopped' }])).toBe('b a');
  });

  test.each([
    [{ protocol: 'udp' }, { protocol: 'udp' }],
    [{ request: ['scrape', 'connect'] }, { kind: 'scrape' }],
    [{ infoHash: '78'.repeat(20) }, { infoHashes: ['y'.repeat(20), 'x'.repeat(20)] }],
    [{ peerId: ['-lt', '%00'] }, { peerId: `\0${'x'.repeat(19)}` }],
    [{ address: '::1' }, { address: '::1' }],
    [{ userAgent: 'aria2' }, { userAgent: 'aria2/1.36' }],
    [{ event: ['none', 'completed'] }, { event: 'none' }],
    [{ trackerId: 'a' }, { trackerId: 'a' }],
  ] as const)('%j', (when, facts) => {
    expect(verdicts({ rules: [{ name: 'yes', when, do: {} }] }, [{}, facts])).toBe('- yes');
  });

  test('a missing tracker id is a condition of announces', () => {
    const scenario = { rules: [{ name: 'yes', when: { trackerId: null }, do: {} }] };
    expect(verdicts(scenario, [{}, { trackerId: 'a' }, { kind: 'scrape' }])).toBe('yes - -');
  });

  test.each([
    [2, '- yes - - - - -'],
    [[1, 4], 'yes - - yes - - -'],
    [{ to: 2 }, 'yes yes - - - - -'],
    [{ from: 5 }, '- - - - yes yes yes'],
    [{ from: 2, to: 6, every: 2 }, '- yes - yes - yes -'],
    [{ every: 3 }, 'yes - - yes - - yes'],
  ])('the nth request: %j', (nth, expected) => {
    expect(verdicts({ rules: [{ name: 'yes', when: { nth }, do: {} }] }, new Array(7).fill({}))).toBe(expected);
  });

  test('requests are counted for each peer, or for each torrent, when the rule says so', () => {
    const requests = ['a', 'b', 'a', 'b', 'a'].map((peerId) => ({ peerId, infoHashes: [peerId] }));
    for (const nthPer of ['peer', 'infoHash']) {
      expect(verdicts({ rules: [{ name: 'yes', when: { nth: 2, nthPer }, do: {} }] }, requests)).toBe('- - yes yes -');
    }
  });

  test('ten thousand peers are counted, the one counted longest ago is forgotten first', () => {
    const judge = new ScenarioJudge(parseScenario({ rules: [{ when: { nth: 1, nthPer: 'peer' }, do: {} }] }));
    const isFirst = (number: number): boolean => judge.judge({ ...FACTS, peerId: `${number}` }) !== undefined;
    for (let number = 0; number < 10_000; number++) expect(isFirst(number)).toBe(true);
    expect(isFirst(0)).toBe(false);
    expect(isFirst(10_000)).toBe(true);
    expect([isFirst(0), isFirst(1)]).toEqual([false, true]);
  });

  test('chance is drawn from the seed: as likely as it says, repeatable, and not moved by another rule', () => {
    const requests = new Array<object>(1_000).fill({});
    const run = (seed: number, chance: number, before: readonly object[] = []): string =>
      verdicts({ seed, rules: [...before, { name: 'yes', when: { chance }, do: {} }] }, requests);
    const drawn = run(7, 0.25);
    expect(drawn.match(/yes/g)!.length).toBeGreaterThan(200);
    expect(drawn.match(/yes/g)!.length).toBeLessThan(300);
    expect(run(7, 0.25)).toBe(drawn);
    expect(run(8, 0.25)).not.toBe(drawn);
    expect(run(7, 0)).not.toContain('yes');
    expect(run(7, 1)).not.toContain('-');
  });

  test('counts say how often a rule was met and applied', () => {
    const judge = new ScenarioJudge(parseScenario({ rules: [{ name: 'odd', when: { nth: { every: 2 } }, do: {} }] }));
    for (let request = 0; request < 5; request++) judge.judge(FACTS);
    expect(judge.counts()).toEqual([{ name: 'odd', met: 5, applied: 3 }]);
  });
});

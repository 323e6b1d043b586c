import { expect, test } from 'vitest';
import { bundledBehaviour, checkBehaviour, MockPeerError } from '../src/index.js';

const on = (when: object, doing: unknown = { type: 'mute' }): unknown => ({ rules: [{ when, do: doing }] });
const doing = (what: unknown): unknown => on({ on: 'ready' }, what);
const sending = (what: unknown): unknown => on({ on: 'send' }, what);

test.each([
  [{ rules: [] }],
  [{ title: 'x', catalogue: [29], role: 'seed', seed: 5, dial: { connections: 3, everyMs: 10 }, rules: [] }],
  [
    on({
      on: 'send',
      message: ['piece', 'have'],
      piece: { from: 3 },
      block: [0, 1],
      after: 5,
      every: 2,
      times: 9,
      probability: 0.5,
    }),
  ],
  [
    on({ on: 'time', atMs: 1000, everyMs: 10, origin: 'dialled', connection: { to: 4 } }, [
      { type: 'mute' },
      { type: 'close' },
    ]),
  ],
  [
    doing({
      type: 'send-raw',
      bytes: ['00 ff', { text: 'é' }, { zeros: 3 }, { nested: 3, open: 'l' }, { peers: ['[::1]:1'] }],
    }),
  ],
  [
    doing({
      type: 'send',
      message: { type: 'pex', fields: { added: { bytes: { random: 6 } }, n: { int: '99999999999999999999' } } },
    }),
  ],
  [sending({ type: 'alter', fields: { piece: { add: -1 }, begin: 'max', header: { v: null, m: { dict: {} } } } })],
  [sending({ type: 'prefix', length: -1 })],
])('accepts %j', (value) => {
  expect(checkBehaviour(value)).toBe(value);
});

test.each([
  [undefined, 'expected an object, found undefined'],
  [[], 'expected an object, found a list'],
  [{}, 'rules: is missing'],
  [{ rules: {} }, 'rules: expected a list, found an object'],
  [{ rules: [], sed: 1 }, 'sed: is not known here. Did you mean "seed"?'],
  [{ rules: [], seed: 0.5 }, 'seed: expected an integer between 0 and 9007199254740991, found 0.5'],
  [
    { rules: [], dial: { connections: 100_000 } },
    'dial.connections: expected an integer between 0 and 20000, found 100000',
  ],
  [{ rules: [{ do: { type: 'mute' } }] }, 'rules[0].when: is missing'],
  [
    on({ on: 'opened' }),
    'rules[0].when.on: expected one of open, ready, receive, send, sent, time; found "opened". Did you mean "open"?',
  ],
  [on({ on: 'send', message: 'peice' }), 'Did you mean "piece"?'],
  [on({ on: 'open', piece: 3 }), 'rules[0].when.piece: has no meaning on "open", where there is no message'],
  [on({ on: 'ready', atMs: 3 }), 'rules[0].when.atMs: needs "on": "time"'],
  [on({ on: 'send', probability: 2 }), 'rules[0].when.probability: expected a number between 0 and 1, found 2'],
  [on({ on: 'send', piece: 'middle' }), 'rules[0].when.piece: expected one of first, last; found "middle"'],
  [doing({}), 'rules[0].do.type: is missing. It is one of send, send-raw, close,'],
  [doing({ type: 'corupt' }), 'Did you mean "corrupt"?'],
  [doing({ type: 'corrupt' }), 'rules[0].do: "corrupt" is possible on "send", not on "ready"'],
  [doing([{ type: 'mute' }, { type: 'ignore' }]), 'rules[0].do: "ignore" is possible on "receive", not on "ready"'],
  [doing({ type: 'mute', forMs: 3 }), 'rules[0].do.forMs: is not known here. Known: type'],
  [
    doing({ type: 'drip', bytes: 0, everyMs: 1 }),
    'rules[0].do.bytes: expected an integer between 1 and 2147483647, found 0',
  ],
  [doing({ type: 'send', message: { type: 'have' } }), 'rules[0].do.message.piece: is missing'],
  [
    doing({ type: 'send', message: { type: 'have', piece: 2 ** 32 } }),
    'rules[0].do.message.piece: expected an integer between',
  ],
  [doing({ type: 'send-raw', bytes: 'xyz' }), 'rules[0].do.bytes: "xyz" is no hex'],
  [doing({ type: 'send-raw', bytes: { zeroes: 3 } }), 'rules[0].do.bytes: expected hex or one of { text }'],
  [
    doing({ type: 'send-raw', bytes: { zeros: 1e9 } }),
    'rules[0].do.bytes.zeros: expected an integer between 0 and 67108864',
  ],
  [
    doing({ type: 'send-raw', bytes: [{ peers: ['a'] }] }),
    'rules[0].do.bytes[0].peers[0]: expected an address such as',
  ],
  [
    doing({ type: 'send-raw', bytes: { bencode: { int: 'x' } } }),
    'rules[0].do.bytes.bencode.int: expected the digits of an integer',
  ],
  [
    sending({ type: 'alter', fields: { infohash: '' } }),
    'rules[0].do.fields.infohash: is not known here. Did you mean "infoHash"?',
  ],
])('refuses %j', (value, message) => {
  expect(() => checkBehaviour(value)).toThrow(message);
  expect(() => checkBehaviour(value)).toThrow(MockPeerError);
});

test('an error names its place and says so in its fields', () => {
  let caught: unknown;
  try {
    checkBehaviour({ rules: [], seed: 'x' });
  } catch (error) {
    caught = error;
  }
  expect(MockPeerError.isInstance(caught)).toBe(true);
  expect(caught).toMatchObject({ code: 'bad-behaviour', path: 'seed', name: 'MockPeerError' });
  expect(MockPeerError.isInstance(new Error('other'))).toBe(false);
});

test('a behaviour that does not come along is asked for in vain', () => {
  expect(() => bundledBehaviour('no-such')).toThrow('no behaviour is called "no-such"');
  expect(() => bundledBehaviour('../package')).toThrow(MockPeerError);
});

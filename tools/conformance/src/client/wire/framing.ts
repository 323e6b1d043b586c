import type { Rule } from '@unchoke/mock-peer';
import type { Case } from '../../case.js';
import { notApplicable } from '../../errors.js';
import { clientCase } from '../client-case.js';
import { type Hostile, hostileCase } from '../hostile.js';
import type { ClientSubject } from '../subject.js';

const WIRE = 'BEP 3, peer protocol';
/** Whoever is judged beside it would have no processor left. */
const HEAVY = { profile: 'full', alone: true } as const;

const PREFIXES: readonly Hostile[] = [
  {
    ...{
      id: 'bep3/wire/length-prefix/2-32',
      level: 'SAFE',
      section: WIRE,
      expect: 'close',
      reason: 'transmission#9082',
    },
    rule: 'It closes the connection when a length prefix announces 2^32 − 1 bytes, instead of waiting for them.',
    behaviour: onReady('ff ff ff ff 07'),
  },
  {
    ...{
      id: 'bep3/wire/length-prefix/2-31',
      level: 'SAFE',
      section: WIRE,
      expect: 'close',
      reason: 'transmission#9082',
    },
    rule: 'It closes the connection when a length prefix announces 2^31 bytes, whatever their sign.',
    behaviour: onReady('80 00 00 00 07'),
  },
  {
    ...{
      id: 'bep3/wire/length-prefix/16-mib',
      level: 'SAFE',
      section: WIRE,
      expect: 'close',
      reason: 'transmission#9082',
    },
    rule: 'It closes the connection when a length prefix announces 16 MiB for a block.',
    behaviour: onReady('01 00 00 00 07'),
  },
  {
    ...{ id: 'bep3/wire/length-prefix/have', level: 'SHOULD', section: WIRE, expect: 'close' },
    rule: 'It closes the connection when a have is announced with a megabyte, as soon as it knows the id.',
    behaviour: onReady('00 10 00 00 04'),
  },
  {
    ...{
      id: 'bep3/wire/length-prefix/flood',
      level: 'SAFE',
      section: WIRE,
      expect: 'survive',
      reason: 'transmission#9082',
    },
    rule: 'It lives on and completes while a peer pours out the 256 MiB that it announced.',
    ...{ behaviour: 'length-prefix-flood', ...HEAVY },
  },
];

const SIZES: readonly Hostile[] = [
  ['have-of-3-bytes', 'have with three bytes'],
  ['have-of-1000-bytes', 'have with a thousand bytes'],
  ['choke-with-payload', 'choke with a payload'],
  ['request-of-11-bytes', 'request with eleven bytes'],
  ['cancel-of-13-bytes', 'cancel with thirteen bytes'],
  ['wrong-length-prefix', 'block under the prefix of another length'],
].map(([name, what]) => ({
  ...{ id: `bep3/wire/fixed-size/${name}`, level: 'SAFE', section: WIRE, expect: 'survive' },
  rule: `It completes from others, whatever it makes of a ${what}.`,
  behaviour: name!,
}));

const FLOODS: readonly Hostile[] = [
  {
    ...{ id: 'bep3/wire/unknown-id/ignored', level: 'MAY', section: WIRE, expect: 'keep', behaviour: 'unknown-ids' },
    rule: 'It passes over messages with ids it does not know and keeps the connection.',
  },
  {
    ...{
      id: 'bep3/wire/unknown-id/1-mib',
      level: 'SAFE',
      section: WIRE,
      expect: 'survive',
      behaviour: 'unknown-id-of-1-mib',
    },
    rule: 'It lives on when a message with an unknown id has a megabyte behind it.',
  },
  {
    ...{
      id: 'bep3/wire/flood/keep-alive',
      level: 'SAFE',
      section: WIRE,
      expect: 'survive',
      behaviour: 'keep-alive-flood',
      ...HEAVY,
    },
    rule: 'It lives on and completes under a flood of keep-alives.',
  },
  {
    ...{
      id: 'bep3/wire/flood/junk',
      level: 'SAFE',
      section: WIRE,
      expect: 'survive',
      behaviour: 'junk-flood',
      ...HEAVY,
    },
    rule: 'It lives on and completes under a flood of junk.',
  },
  {
    ...{
      id: 'bep3/wire/flood/have',
      level: 'SAFE',
      section: WIRE,
      expect: 'survive',
      behaviour: 'have-flood',
      ...HEAVY,
    },
    rule: 'It lives on and completes under a flood of haves.',
  },
  {
    ...{ id: 'bep3/wire/stream/split', level: 'MUST', section: WIRE, expect: 'alone', withinS: 80 },
    rule: 'It understands frames that arrive in bits and pieces.',
    // Three bytes cut even a length prefix. Little to send, without extensions, as on a busy machine each of these writes has to wait for its turn.
    behaviour: [
      { when: { on: 'open' }, do: { type: 'drip', bytes: 3, everyMs: 3 } },
      { when: { on: 'send', message: 'handshake' }, do: { type: 'alter', fields: { reserved: '00'.repeat(8) } } },
    ],
    ...{ stage: { torrent: { length: 100 } }, timeoutS: 200 },
  },
  {
    ...{ id: 'bep3/wire/stream/merged', level: 'MUST', section: WIRE, expect: 'alone', behaviour: 'merge-frames' },
    rule: 'It understands frames that arrive glued together.',
  },
  {
    ...{ id: 'bep3/wire/keep-alive/accepted', level: 'MUST', section: WIRE, expect: 'alone' },
    rule: 'It passes over keep-alives between other messages.',
    behaviour: [
      { when: { on: 'send', message: 'piece' }, do: { type: 'send', message: { type: 'keep-alive' }, times: 3 } },
    ],
  },
];

const own: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'bep3/wire/keep-alive/sent', level: 'SHOULD', section: WIRE, profile: 'full', timeoutS: 200 },
    rule: 'It says something at least every two minutes while it has nothing to say.',
    play: async (stage) => {
      await stage.start();
      const quiet = await stage.seed({
        have: [],
        behaviour: [{ when: { on: 'send', message: ['have-none', 'bitfield'] }, do: { type: 'drop' } }],
      });
      await stage.meet(quiet);
      await stage.until(() => quiet.isGreeted, 20_000, 'its handshake');
      const heard = (): number => quiet.records.filter(({ direction }) => direction === 'received').length;
      await stage.never(() => false, 5_000);
      const before = heard();
      await stage.until(() => heard() > before || quiet.closed > 0, 135_000, 'a keep-alive');
      if (quiet.closed > 0) notApplicable('it leaves a peer with which it has nothing to do');
    },
  }),
];

export const framingCases: readonly Case<ClientSubject>[] = [
  ...[...PREFIXES, ...SIZES, ...FLOODS].map(hostileCase),
  ...own,
];

function onReady(bytes: string): readonly Rule[] {
  return [{ when: { on: 'ready' }, do: { type: 'send-raw', bytes } }];
}

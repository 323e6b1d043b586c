import { formatMagnet, LIMITS, type Magnet, MetainfoError, parseMagnet } from '@unchoke/metainfo';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const HEX = 'c12fe1c06bba254a9dc9f519b335aa7c1367a88a';
const BASE32 = 'YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK';
const HEX_V2 = 'caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e';
const V1 = `magnet:?xt=urn:btih:${HEX}`;

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

describe('parseMagnet', () => {
  test.each([
    ['hexadecimal', V1],
    ['capital letters', `MAGNET:?XT=URN:BTIH:${HEX.toUpperCase()}`],
    ['base32', `magnet:?xt=urn:btih:${BASE32}`],
    ['base32 in small letters', `magnet:?xt=urn:btih:${BASE32.toLowerCase()}`],
    ['escaped colons', `magnet:?xt=urn%3Abtih%3A${HEX}`],
    ['white space around', `  ${V1}\n`],
    ['the same hash twice', `${V1}&xt=urn:btih:${BASE32}`],
    ['a counted parameter', `magnet:?xt.1=urn:btih:${HEX}`],
    ['after an xt of another network', `magnet:?xt=urn:sha1:PDAQRAOQQRYS76MRZJ33LK4MMVZBDSCL&xt=urn:btih:${HEX}`],
    ['after HTML', `magnet:?dn=x&amp;xt=urn:btih:${HEX}`],
  ])('finds the hash: %s', (_, link) => {
    expect(hex(parseMagnet(link).infoHash)).toBe(HEX);
  });

  test('finds both hashes of a hybrid', () => {
    const magnet = parseMagnet(`${V1}&xt=urn:btmh:1220${HEX_V2}`);
    expect([hex(magnet.infoHash), hex(magnet.infoHashV2)]).toEqual([HEX, HEX_V2]);
  });

  test('finds everything else', () => {
    const link =
      `magnet:?dn=A+film+%28%C3%BC%29&xt=urn:btmh:1220${HEX_V2}&xl=1234&tr=udp%3A%2F%2Fa.example%3A1&tr.1=http://b.example/x?k=a%2Bb&tr=udp://a.example:1` +
      '&ws=http%3A%2F%2Fs.example%2Ff%20g&xs=http://x.example/t.torrent&xs=urn:btpk:00&as=http://y.example/f&x.pe=1.2.3.4:5&x.pe=[2001:db8::1]:6&x.pe=peer.example:7' +
      '&so=9,0,2-4,3-6&kt=key+words';
    expect(parseMagnet(link, { strict: true })).toEqual({
      infoHash: undefined,
      infoHashV2: new Uint8Array(Buffer.from(HEX_V2, 'hex')),
      name: 'A film (ü)',
      length: 1234,
      trackers: ['udp://a.example:1', 'http://b.example/x?k=a+b'],
      webSeeds: ['http://s.example/f%20g'],
      exactSources: ['http://x.example/t.torrent', 'urn:btpk:00'],
      acceptableSources: ['http://y.example/f'],
      peers: [
        { host: '1.2.3.4', port: 5 },
        { host: '2001:db8::1', port: 6 },
        { host: 'peer.example', port: 7 },
      ],
      selectedFiles: [
        { first: 0, last: 0 },
        { first: 2, last: 6 },
        { first: 9, last: 9 },
      ],
      notes: [],
    });
  });

  test.each([
    ['xl', 'xl=-1'],
    ['xl', 'xl=99999999999999999999'],
    ['tr', 'tr=javascript:alert(1)'],
    ['tr', 'tr=http://'],
    ['ws', 'ws=file:///etc/passwd'],
    ['xs', 'xs=nothing'],
    ['as', 'as=a b'],
    ['x.pe', 'x.pe=1.2.3.4'],
    ['x.pe', 'x.pe=1.2.3.4:0'],
    ['x.pe', 'x.pe=1.2.3.4:65536'],
    ['x.pe', 'x.pe=300.2.3.4:5'],
    ['x.pe', 'x.pe=2001:db8::1:6'],
    ['x.pe', 'x.pe=[1::2::3]:6'],
    ['x.pe', 'x.pe=[1.2.3.4]:6'],
    ['so', 'so=1-'],
    ['so', 'so=4-2'],
    ['so', 'so=-1'],
    ['so', 'so='],
    ['dn', 'dn'],
  ])('leaves out and notes a bad %s: %s', (path, parameter) => {
    const { notes, ...rest } = parseMagnet(`${V1}&${parameter}`);
    expect(notes).toEqual([{ code: 'parameter-ignored', problem: expect.any(String), path, offset: V1.length + 1 }]);
    expect(rest).toEqual((({ notes: _, ...plain }: Magnet) => plain)(parseMagnet(V1)));
    expect(() => parseMagnet(`${V1}&${parameter}`, { strict: true })).toThrow(MetainfoError);
  });

  test('keeps what percent-encoding means nothing to', () => {
    expect(parseMagnet(`${V1}&dn=100%25%zz%`).name).toBe('100%%zz%');
    expect(parseMagnet(`${V1}&dn=%FF%C3%BC`).name).toBe('%FFü');
  });

  test.each([
    ['bad-magnet', 'http://example.org/', 'begins with'],
    ['bad-magnet', '', 'begins with'],
    ['missing-xt', 'magnet:?dn=name', 'has no xt'],
    ['missing-xt', 'magnet:?xt=urn:ed2k:31D6CFE0D16AE931B73C59D7E0C089C0', 'another network'],
    ['bad-xt', 'magnet:?xt=urn:btih:', 'has 0 characters'],
    ['bad-xt', `magnet:?xt=urn:btih:${HEX.slice(1)}`, 'has 39 characters'],
    ['bad-xt', `magnet:?xt=urn:btih:${HEX.slice(1)}g`, '40 hexadecimal digits'],
    ['bad-xt', `magnet:?xt=urn:btih:${BASE32.slice(1)}1`, '32 of base32'],
    ['bad-xt', `magnet:?xt=urn:btmh:${HEX_V2}`, 'SHA2-256'],
    ['bad-xt', `magnet:?xt=urn:btmh:1114${HEX}`, 'SHA2-256'],
    ['bad-xt', `magnet:?xt=urn:btmh:1220${HEX}`, '64 digits'],
    ['bad-xt', 'magnet:?xt=urn:btmh:zz', 'hexadecimal'],
    ['bad-xt', `magnet:?xt=btih:${HEX}`, 'urn:'],
    ['bad-xt', `magnet:?xt=urn:btih:${HEX}:x`, 'colon'],
    ['bad-xt', `${V1}&xt=urn:btih:${'0'.repeat(40)}`, 'a second v1 torrent'],
  ])('%s: %.80s', (code, link, reason) => {
    let error: unknown;
    try {
      parseMagnet(link);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code, message: expect.stringContaining(reason) });
    expect(MetainfoError.isInstance(error)).toBe(true);
  });

  test('is bounded in length', () => {
    const link = `${V1}&dn=${'x'.repeat(LIMITS.magnetLengthMax)}`;
    expect(() => parseMagnet(link)).toThrow('magnetLengthMax');
  });

  test('counts parameters, and does not care what the others are', () => {
    const many = `${V1}${'&tr=udp://t.example:1'.repeat(LIMITS.magnetParameterCountMax + 50)}`;
    expect(parseMagnet(many).notes.map(({ problem }) => problem)).toEqual([
      expect.stringContaining('magnetParameterCountMax'),
    ]);
  });
});

const url = fc
  .tuple(fc.constantFrom('http', 'https'), fc.domain(), fc.webPath())
  .map(([scheme, host, path]) => `${scheme}://${host}${path}`);
const uniqueUrls = fc.uniqueArray(url, { maxLength: 4 });
const peer = fc.record({
  host: fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()),
  port: fc.integer({ min: 1, max: 65_535 }),
});
const anyMagnet: fc.Arbitrary<Magnet> = fc.record({
  infoHash: fc.uint8Array({ minLength: 20, maxLength: 20 }),
  infoHashV2: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined }),
  name: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
  length: fc.option(fc.maxSafeNat(), { nil: undefined }),
  trackers: uniqueUrls,
  webSeeds: uniqueUrls,
  exactSources: uniqueUrls,
  acceptableSources: uniqueUrls,
  peers: fc.uniqueArray(peer, { maxLength: 3, selector: ({ host, port }) => `${host} ${port}` }),
  selectedFiles: fc.constantFrom(
    undefined,
    [{ first: 3, last: 3 }],
    [
      { first: 0, last: 2 },
      { first: 4, last: 9 },
    ],
  ),
  notes: fc.constant([]),
});

describe('formatMagnet', () => {
  test('what it writes, parseMagnet reads', () => {
    fc.assert(
      fc.property(anyMagnet, (magnet) => {
        expect(parseMagnet(formatMagnet(magnet), { strict: true })).toEqual(magnet);
      }),
    );
  });

  test('refuses to write a magnet without a hash, or with half of one', () => {
    expect(() => formatMagnet({ name: 'x' })).toThrow(expect.objectContaining({ code: 'bad-xt' }));
    expect(() => formatMagnet({ infoHash: new Uint8Array(19) })).toThrow(expect.objectContaining({ code: 'bad-xt' }));
  });
});

test('any text at all is a magnet or a MetainfoError', () => {
  const pieces = fc.constantFrom(
    'magnet:?',
    'xt=',
    'urn:',
    'btih:',
    'btmh:',
    '1220',
    HEX,
    BASE32,
    HEX_V2,
    '&',
    '=',
    '%',
    '%2',
    '%00',
    'so=',
    '1-2',
    ',',
    'x.pe=',
    '[',
    ']',
    ':',
    'tr.',
    '&amp;',
    'dn=',
    '\ud800',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 20 }), (parts) => {
      const link = `${parts[0] === 'magnet:?' ? '' : 'magnet:?'}${parts.join('')}`;
      try {
        const magnet = parseMagnet(link);
        expect(parseMagnet(formatMagnet(magnet)).infoHash).toEqual(magnet.infoHash);
      } catch (error) {
        if (!MetainfoError.isInstance(error)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});

import { Hex, hexOf, type Row, refuse, type Vector, value, vectors } from './vector.js';

const DOCUMENT = hexOf('d8:announce3:url4:infod6:lengthi-12e4:name1:aee');
const READ = {
  dict: [
    [hexOf('announce'), { string: hexOf('url') }],
    [
      hexOf('info'),
      {
        dict: [
          [hexOf('length'), { integer: '-12' }],
          [hexOf('name'), { string: hexOf('a') }],
        ],
      },
    ],
  ],
};
const octets = DOCUMENT.match(/../g) ?? [];

const CUT = 'Where a stream is cut changes nothing.';
const STREAMS: readonly Row[] = [
  [
    'whole',
    'A stream holds values one behind the other.',
    new Hex(hexOf('i42ei7e')),
    value([{ integer: '42' }, { integer: '7' }]),
  ],
  ['bytes', CUT, new Hex(octets.join('/')), value([READ])],
  ...octets.slice(1).map((_, index): Row => {
    const cut = `${octets.slice(0, index + 1).join('')}/${octets.slice(index + 1).join('')}`;
    return [`cut-${index + 1}`, CUT, new Hex(cut), value([READ])];
  }),
  [
    'inside',
    'A stream that ends inside a value is refused.',
    new Hex(octets.slice(0, -1).join('/')),
    refuse('truncated'),
  ],
  [
    'bad-late',
    'An error behind whole values is an error, however it arrives.',
    new Hex('693165/693031/65'),
    refuse('malformed'),
  ],
];

/** Values that arrive in pieces. */
export const BENCODE_STREAMS: readonly Vector[] = vectors(
  { id: 'bep3/bencode/stream', spec: 'BEP 3, bencoding', level: 'must', operation: 'bencode-stream' },
  STREAMS,
);

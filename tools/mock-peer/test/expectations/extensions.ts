import { expect } from 'vitest';
import {
  bitsApart,
  EXTENDED,
  EXTENDED_TEXT,
  type Expectation,
  frame,
  HAVE_ALL,
  handshake,
  hex,
  OUR_ID,
  Probe,
  reject,
  request,
  THEIR_EXTENDED,
  THEIR_ID,
  TORRENT,
  text,
  u32,
} from '../probe.js';

const META = TORRENT.infoBytes.length;
const GREETING = handshake(OUR_ID);
const METADATA_REQUEST = frame(20, `02${text('d8:msg_typei0e5:piecei0ee')}`);
const METADATA_HEADER = text(`d8:msg_typei1e5:piecei0e10:total_sizei${META}ee`);

/** Its extended handshake: what stands between handshake and have-all. */
function extendedHandshake(name: string): string {
  const said = new Probe(name).open().hear(handshake(THEIR_ID)).taken();
  expect(said.startsWith(GREETING)).toBe(true);
  expect(said.endsWith(HAVE_ALL)).toBe(true);
  return said.slice(GREETING.length, -HAVE_ALL.length);
}

/** The extended handshake with a part of its text replaced. */
function altered(from: string, to: string): string {
  expect(EXTENDED_TEXT).toContain(from);
  return frame(20, `00${text(EXTENDED_TEXT.replace(from, to))}`);
}

/** What it answers to the other side's extended handshake. */
function onExtensions(name: string): readonly string[] {
  const probe = new Probe(name).open().hear(handshake(THEIR_ID));
  probe.taken();
  return probe.hear(THEIR_EXTENDED).frames();
}

const pex = (fields: string): string => frame(20, `08${text(fields)}`);

export const EXTENSIONS: Readonly<Record<string, Expectation>> = {
  'extended-handshake-not-bencode': () => {
    expect(extendedHandshake('extended-handshake-not-bencode')).toBe(frame(20, `00${text('this is not bencode')}`));
  },
  'extended-handshake-list': () => {
    expect(extendedHandshake('extended-handshake-list')).toBe(frame(20, `00${text('li1e1:mi2ee')}`));
  },
  'extended-handshake-nested': () => {
    expect(extendedHandshake('extended-handshake-nested')).toBe(frame(20, `00${text('l'.repeat(100_000))}`));
  },
  'extended-handshake-nested-closed': () => {
    const nested = 'l'.repeat(100_000) + 'e'.repeat(100_000);
    expect(extendedHandshake('extended-handshake-nested-closed')).toBe(frame(20, `00${text(nested)}`));
  },
  'extended-handshake-wide': () => {
    const wide = `l${'i0e'.repeat(200_000)}e`;
    expect(extendedHandshake('extended-handshake-wide')).toBe(frame(20, `00${text(wide)}`));
  },
  'extended-handshake-mistyped': () => {
    const wanted = 'd1:mi5e13:metadata_sizede1:p4:port4:reqql4:manye1:vi7e6:yourip5:shorte';
    expect(extendedHandshake('extended-handshake-mistyped')).toBe(frame(20, `00${text(wanted)}`));
  },
  'extended-handshake-huge-v': () => {
    const wanted = altered('17:Unchoke mock-peer', `1000000:${'\0'.repeat(1_000_000)}`);
    expect(extendedHandshake('extended-handshake-huge-v')).toBe(wanted);
  },
  'extended-handshake-bad-ids': () => {
    const ids = 'd11:lt_donthavei3e12:ut_holepunch1:x11:ut_metadatai-1e6:ut_pexi256e11:upload_onlyi3ee';
    const sorted = 'd11:lt_donthavei3e11:upload_onlyi3e12:ut_holepunch1:x11:ut_metadatai-1e6:ut_pexi256ee';
    expect(ids.length).toBe(sorted.length);
    const wanted = altered('d11:lt_donthavei3e11:ut_metadatai2e6:ut_pexi1ee', sorted);
    expect(extendedHandshake('extended-handshake-bad-ids')).toBe(wanted);
  },
  'extended-handshake-repeated': () => {
    expect(extendedHandshake('extended-handshake-repeated')).toBe(EXTENDED.repeat(100));
  },
  'extended-handshake-disabling': () => {
    const said = new Probe('extended-handshake-disabling').open().hear(handshake(THEIR_ID)).taken();
    const second = frame(20, `00${text('d1:md11:lt_donthavei0e11:ut_metadatai0e6:ut_pexi0eee')}`);
    expect(said).toBe(GREETING + EXTENDED + HAVE_ALL + second);
  },
  'extended-handshake-prototype': () => {
    const wanted = 'd9:__proto__d11:ut_metadatai1ee11:constructori1e1:md9:__proto__i9e8:toStringi8eee';
    expect(extendedHandshake('extended-handshake-prototype')).toBe(frame(20, `00${text(wanted)}`));
  },
  'reqq-zero': () => expect(extendedHandshake('reqq-zero')).toBe(altered('reqqi2000e', 'reqqi0e')),
  'reqq-negative': () => expect(extendedHandshake('reqq-negative')).toBe(altered('reqqi2000e', 'reqqi-1e')),
  'reqq-huge': () => expect(extendedHandshake('reqq-huge')).toBe(altered('reqqi2000e', 'reqqi1099511627776e')),
  'metadata-size-zero': () => {
    expect(extendedHandshake('metadata-size-zero')).toBe(altered(`sizei${META}e`, 'sizei0e'));
  },
  'metadata-size-negative': () => {
    expect(extendedHandshake('metadata-size-negative')).toBe(altered(`sizei${META}e`, 'sizei-16384e'));
  },
  'metadata-size-2-gb': () => {
    expect(extendedHandshake('metadata-size-2-gb')).toBe(altered(`sizei${META}e`, 'sizei2147483647e'));
  },
  'metadata-size-2-63': () => {
    expect(extendedHandshake('metadata-size-2-63')).toBe(altered(`sizei${META}e`, 'sizei9223372036854775807e'));
  },
  'metadata-size-wrong': () => {
    expect(extendedHandshake('metadata-size-wrong')).toBe(altered(`sizei${META}e`, 'sizei16384e'));
  },
  'metadata-wrong-bytes': () => {
    const said = new Probe('metadata-wrong-bytes').ready().hear(METADATA_REQUEST).taken();
    const honest = frame(20, `07${METADATA_HEADER}${hex(TORRENT.infoBytes)}`);
    expect(said.slice(0, 12 + METADATA_HEADER.length)).toBe(honest.slice(0, 12 + METADATA_HEADER.length));
    expect(bitsApart(said, honest)).toBe(1);
  },
  'metadata-garbage': () => {
    const said = new Probe('metadata-garbage').ready().hear(METADATA_REQUEST).taken();
    expect(said.slice(8).startsWith(`1407${METADATA_HEADER}`)).toBe(true);
    expect(said).toHaveLength(2 * (4 + 2 + METADATA_HEADER.length / 2 + 16_384));
    expect(said).not.toContain(hex(TORRENT.infoBytes));
  },
  'metadata-reject-all': () => {
    const probe = new Probe('metadata-reject-all').ready().hear(METADATA_REQUEST);
    expect(probe.frames()).toEqual([frame(20, `07${text('d8:msg_typei2e5:piecei0ee')}`)]);
  },
  'metadata-part-missing': () => {
    const second = frame(20, `02${text('d8:msg_typei0e5:piecei1ee')}`);
    const probe = new Probe('metadata-part-missing').ready().hear(METADATA_REQUEST, second);
    // There is one piece of metadata here, so the second is honestly rejected and the first passed over.
    expect(probe.frames()).toEqual([frame(20, `07${text('d8:msg_typei2e5:piecei1ee')}`)]);
  },
  'metadata-request-out-of-range': () => {
    expect(onExtensions('metadata-request-out-of-range')).toEqual([
      frame(20, `07${text('d8:msg_typei0e5:piecei1000000ee')}`),
      frame(20, `07${text('d8:msg_typei0e5:piecei-1ee')}`),
    ]);
  },
  'metadata-request-flood': () => {
    const frames = onExtensions('metadata-request-flood');
    expect(frames).toHaveLength(10_000);
    expect(new Set(frames)).toEqual(new Set([frame(20, `07${text('d8:msg_typei0e5:piecei0ee')}`)]));
  },
  'metadata-data-unasked': () => {
    expect(onExtensions('metadata-data-unasked')).toEqual([frame(20, `07${METADATA_HEADER}${hex(TORRENT.infoBytes)}`)]);
  },
  'metadata-data-oversized': () => {
    const probe = new Probe('metadata-data-oversized').ready().hear(METADATA_REQUEST);
    const wanted = frame(20, `07${METADATA_HEADER}${hex(TORRENT.infoBytes)}${'00'.repeat(65_536)}`);
    expect(probe.frames()).toEqual([wanted]);
  },
  'pex-odd-length': () => {
    expect(onExtensions('pex-odd-length')).toEqual([pex('d5:added7:\x7f\0\0\x02\x1a\xe1\0e')]);
  },
  'pex-short-flags': () => {
    const peers = [2, 3, 4].map((last) => `\x7f\0\0${String.fromCharCode(last)}\x1a\xe1`).join('');
    expect(onExtensions('pex-short-flags')).toEqual([pex(`d5:added18:${peers}7:added.f1:\0e`)]);
  },
  'pex-bad-addresses': () => {
    const peers = '000000001ae1' + '7f0000010000' + 'ffffffff1ae1' + 'e00000011ae1' + '7f0000010016';
    expect(onExtensions('pex-bad-addresses')).toEqual([frame(20, `08${text('d5:added30:')}${peers}${text('e')}`)]);
  },
  'pex-flood': () => {
    const [only, ...others] = onExtensions('pex-flood');
    expect(others).toEqual([]);
    expect(only?.slice(8, 40)).toBe(`1408${text('d5:added60000:')}`);
    expect(only).toHaveLength(2 * (4 + 2 + 'd5:added60000:e'.length + 60_000));
  },
  'pex-ten-a-second': () => {
    const probe = new Probe('pex-ten-a-second').open().hear(handshake(THEIR_ID), THEIR_EXTENDED);
    probe.taken();
    const frames = probe.wait(1_000).frames();
    expect(frames).toHaveLength(10);
    for (const one of frames) expect(one.slice(8)).toMatch(new RegExp(`^1408${text('d5:added300:')}`));
    expect(new Set(frames).size).toBe(10);
  },
  'pex-mistyped': () => {
    expect(onExtensions('pex-mistyped')).toEqual([pex('d5:addedi5e6:added6l1:xe7:droppeddee')]);
  },
  'pex-hundred-thousand': () => {
    const frames = onExtensions('pex-hundred-thousand');
    expect(frames).toHaveLength(10);
    expect(new Set(frames.map((one) => one.length))).toEqual(new Set([2 * (4 + 2 + 15 + 60_000)]));
  },
  'donthave-what-is-asked': () => {
    const probe = new Probe('donthave-what-is-asked').unchoked().hear(request(3, 0));
    expect(probe.frames()).toEqual([frame(20, `09${u32(3)}`), reject(3, 0)]);
  },
  'donthave-out-of-range': () => {
    expect(onExtensions('donthave-out-of-range')).toEqual([frame(20, `09${u32(5)}`)]);
  },
};

import { TrackerError } from './errors.js';
import { UDP_URL_DATA_BYTES_MAX } from './limits.js';

const END_OF_OPTIONS = 0;
const NOP = 1;
const URL_DATA = 2;
const PART_LENGTH_MAX = 255;

/** How many bytes the options take that carry `urlData`. */
export function urlDataOptionLength(urlData: string): number {
  const length = urlDataBytes(urlData).length;
  return length + 2 * Math.ceil(length / PART_LENGTH_MAX);
}

/** BEP 41: path and query of the tracker's URL, in as many options as their one-byte lengths need. */
export function writeUrlData(packet: Uint8Array, start: number, urlData: string): void {
  const bytes = urlDataBytes(urlData);
  let offset = start;
  for (let from = 0; from < bytes.length; from += PART_LENGTH_MAX) {
    const part = bytes.subarray(from, from + PART_LENGTH_MAX);
    packet[offset] = URL_DATA;
    packet[offset + 1] = part.length;
    packet.set(part, offset + 2);
    offset += 2 + part.length;
  }
}

/**
 * Joins the URL data of an announce's options. Options of other kinds are skipped by their length; what does not parse
 * ends the options without harm, as clients have always been free to send longer packets (BEP 15).
 */
export function readUrlData(packet: Uint8Array, start: number): string | undefined {
  let text = '';
  for (let offset = start; offset < packet.length; ) {
    const kind = packet[offset]!;
    if (kind === END_OF_OPTIONS) break;
    if (kind === NOP) {
      offset += 1;
      continue;
    }
    const end = offset + 2 + (packet[offset + 1] ?? 0);
    if (offset + 1 >= packet.length || end > packet.length) break;
    if (kind === URL_DATA) text += byteText(packet.subarray(offset + 2, end));
    offset = end;
  }
  return text === '' ? undefined : text;
}

/** One byte per character: a URL is ASCII, and what a client sent otherwise reads back exactly. */
function urlDataBytes(urlData: string): Uint8Array {
  if (urlData.length > UDP_URL_DATA_BYTES_MAX) {
    const problem = `URL data of ${urlData.length} bytes does not fit into a datagram (at most ${UDP_URL_DATA_BYTES_MAX})`;
    throw new TrackerError('bad-field', problem, { path: 'urlData' });
  }
  const bytes = new Uint8Array(urlData.length);
  for (let index = 0; index < bytes.length; index++) {
    const code = urlData.charCodeAt(index);
    if (code > 0xff) throw new TrackerError('bad-field', 'URL data must be escaped to ASCII', { path: 'urlData' });
    bytes[index] = code;
  }
  return bytes;
}

function byteText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

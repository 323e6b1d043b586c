import { InvalidArgumentError } from 'commander';
import type { PeerAddress } from '../../address-book.js';

// What people write behind an option, read. A value from the environment passes through here, too.

/** Several, from options that may be repeated; one variable of the environment holds them all, parted by white space. */
export function severalTexts(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, ...value.split(/\s+/).filter((part) => part !== '')];
}

export function severalPeers(value: string, earlier: readonly PeerAddress[]): readonly PeerAddress[] {
  return [...earlier, ...severalTexts(value, []).map(hostPort)];
}

/** `192.0.2.7:6881`, `peer.example:6881` or `[2001:db8::1]:6881`. */
export function hostPort(value: string): PeerAddress {
  const match = /^(?:\[([0-9a-f:.%\w]+)\]|([^\s:/[\]]+)):(\d{1,5})$/i.exec(value);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535)
    throw new InvalidArgumentError('expected host:port, or [IPv6 address]:port, like 192.0.2.7:6881');
  return { host: (match[1] ?? match[2])!, port };
}

export function portNumber(value: string): number {
  const port = wholeNumber(value);
  if (port > 65_535) throw new InvalidArgumentError('expected a port: a whole number up to 65535');
  return port;
}

export function wholeNumber(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number)) throw new InvalidArgumentError('expected a whole number');
  return number;
}

/** A share ratio: `1`, `1.5`. */
export function ratio(value: string): number {
  if (!/^\d+(\.\d+)?$/.test(value)) throw new InvalidArgumentError('expected a number like 1.5');
  return Number(value);
}

const POWERS = { '': 0, k: 1, m: 2, g: 3, t: 4 } as const;

/** `65536`, `500K`, `2M`, `1.5MiB`: K is 1024, as in aria2 and wget. */
export function byteCount(value: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(value);
  if (match === null) throw new InvalidArgumentError('expected bytes, like 65536, 500K or 2M (K is 1024)');
  const bytes = Math.round(Number(match[1]) * 1024 ** POWERS[match[2]!.toLowerCase() as keyof typeof POWERS]);
  if (!Number.isSafeInteger(bytes)) throw new InvalidArgumentError('that many bytes do not exist');
  return bytes;
}

/** Bytes a second: `2M`, `500K/s`; 0 is no limit. */
export function byteRate(value: string): number | undefined {
  const rate = byteCount(value.replace(/\/s$/i, ''));
  return rate === 0 ? undefined : rate;
}

const SECONDS = { d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 } as const;

/** Milliseconds, from `45` (seconds), `1.5s`, `30m`, `1h30m`, `2d`. */
export function duration(value: string): number {
  if (/^\d+(\.\d+)?$/.test(value)) return checkedDuration(Number(value));
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/gy)];
  if (parts.length === 0 || parts.map(([text]) => text).join('') !== value) {
    throw new InvalidArgumentError('expected a time, like 45 (seconds), 30m or 1h30m');
  }
  return checkedDuration(
    parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * SECONDS[unit as keyof typeof SECONDS], 0),
  );
}

/** The longest that a timer can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;

function checkedDuration(seconds: number): number {
  const ms = Math.round(seconds * 1000);
  if (ms <= TIMER_MS_MAX) return ms;
  throw new InvalidArgumentError('expected a time of at most 24 days');
}

/** A time that has to pass before something happens: none at all would be a slip. */
export function timeLimit(value: string): number {
  const ms = duration(value);
  if (ms === 0) throw new InvalidArgumentError('expected a time above 0');
  return ms;
}

/** Numbers of files as `--list` shows them, from 1: `1-3,7`. Answers ranges with both ends. */
export function fileNumbers(value: string): readonly (readonly [first: number, last: number])[] {
  return value.split(',').map((part) => {
    const match = /^\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(part);
    const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
    if (match === null || first < 1 || last < first) {
      throw new InvalidArgumentError('expected numbers of files as --list shows them, from 1, like 1-3,7');
    }
    return [first, last];
  });
}

export function pattern(value: string): RegExp {
  try {
    return new RegExp(value, 'u');
  } catch (error) {
    throw new InvalidArgumentError(`not a regular expression: ${(error as Error).message}`);
  }
}

const WEB_SCHEMES = /^https?:\/\//i;

export function severalTrackers(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, ...severalTexts(value, []).map(trackerUrl)];
}

function trackerUrl(url: string): string {
  if ((WEB_SCHEMES.test(url) || /^udp:\/\//i.test(url)) && URL.canParse(url)) return url;
  throw new InvalidArgumentError('expected the URL of a tracker, like http://tracker.example/announce or udp://…');
}

export function severalWebSeeds(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, ...severalTexts(value, []).map(webUrl)];
}

function webUrl(url: string): string {
  if (WEB_SCHEMES.test(url) && URL.canParse(url)) return url;
  throw new InvalidArgumentError('expected an http or https URL');
}

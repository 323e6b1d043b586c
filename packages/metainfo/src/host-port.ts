import type { HostPort } from './metainfo.js';

const PORT_MAX = 65_535;
const HOST_LENGTH_MAX = 253;
const NAME = /^(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?$/i;
const DIGITS_AND_DOTS = /^[\d.]+$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/** A host and a port that could be real. IPv6 addresses may have brackets around them here; the result has none. */
export function hostPort(host: string, port: number | bigint): HostPort | undefined {
  if (typeof port === 'bigint' || !Number.isInteger(port) || port < 1 || port > PORT_MAX) return undefined;
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  return isHost(bare) ? { host: bare, port } : undefined;
}

/** `host:port`, `1.2.3.4:port` or `[address]:port` (BEP 9). */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(\[[^\]]*\]|[^:[\]]+):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, host = '', port = ''] = match;
  if (host.startsWith('[') !== host.includes(':')) return undefined;
  return hostPort(host, Number(port));
}

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function isHost(host: string): boolean {
  if (host.length === 0 || host.length > HOST_LENGTH_MAX) return false;
  if (host.includes(':')) return isIpv6(host);
  return DIGITS_AND_DOTS.test(host) ? IPV4.test(host) : NAME.test(host);
}

/** RFC 4291: eight groups, or fewer with one `::`; the last two can be an IPv4 address. */
function isIpv6(host: string): boolean {
  const halves = host.split('::');
  if (halves.length > 2) return false;
  let count = 0;
  for (const [half, text] of halves.entries()) {
    const groups = text === '' ? [] : text.split(':');
    for (const [index, group] of groups.entries()) {
      const isLast = half === halves.length - 1 && index === groups.length - 1;
      if (/^[0-9a-f]{1,4}$/i.test(group)) count += 1;
      else if (isLast && group.includes('.') && IPV4.test(group)) count += 2;
      else return false;
    }
  }
  return halves.length === 2 ? count < 8 : count === 8;
}

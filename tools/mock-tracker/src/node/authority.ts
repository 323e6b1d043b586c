/** Host and port as URLs write them. A socket that listens everywhere is reached on this machine by its loopback address. */
export function authorityOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return reachable.includes(':') ? `[${reachable}]:${port}` : `${reachable}:${port}`;
}

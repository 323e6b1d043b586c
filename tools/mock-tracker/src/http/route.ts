/** What a path asks for. */
export type Route = 'announce' | 'scrape' | 'stats' | 'unknown';

/**
 * Trackers sit at `/announce`, behind a passkey (`/8f3a/announce`), or before one (`/announce/8f3a`), and some are called
 * `announce.php`: all are taken. BEP 48 gives the scrape path by putting `scrape` in the place of `announce`.
 */
export function routeOf(path: string): Route {
  if (path === '/announce') return 'announce';
  if (path === '/scrape') return 'scrape';
  if (path === '/stats' || path === '/stats.json' || path === '/') return 'stats';
  const parts = path.split('/', SEGMENTS_READ);
  const named = parts.find((part) => /^(announce|scrape)(\.[a-z]{1,5})?$/.test(part));
  if (named === undefined) return 'unknown';
  return named.startsWith('announce') ? 'announce' : 'scrape';
}

const SEGMENTS_READ = 16;

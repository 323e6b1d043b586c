import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { openSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import { DIAGNOSTICS, type TorrentDiagnostic } from '../diagnostics.js';
import { levelOf } from './notices.js';
import { asJson } from './output.js';

/** As in the command's own words: for everybody, for who said `-v`, for who said `-vv`. */
const PINO_LEVELS = ['warn', 'info', 'debug'] as const;

/** No line waits in memory: the last one is there however the process ended. */
export interface LogFile {
  close(): void;
}

/**
 * Writes everything that happens in this process to a file, behind what is there: for whoever runs it where nobody watches. A full
 * disk ends the log, which `tellTrouble` hears, and not the download, which may be on another.
 */
export function keepLog(path: string, tellTrouble: (error: Error) => void): LogFile {
  const destination = pino.destination({ fd: openSync(path, 'a'), sync: true });
  const log = pino({ level: 'debug' }, destination);
  const listeners = Object.entries(DIAGNOSTICS).map(([happening, name]) => {
    const listener = (message: unknown) => write(log, happening, message as TorrentDiagnostic);
    subscribe(name, listener);
    return () => unsubscribe(name, listener);
  });
  const close = () => {
    for (const leave of listeners.splice(0)) leave();
    destination.destroy();
  };
  destination.on('error', (error) => {
    if (listeners.length > 0) tellTrouble(error);
    close();
  });
  return { close };
}

function write(log: Logger, happening: string, { infoHash, name, notice }: TorrentDiagnostic): void {
  const torrent = { infoHash, ...(name === undefined ? {} : { torrent: name }) };
  if (notice === undefined) {
    log.info(torrent, happening === 'torrentAdded' ? 'torrent-added' : 'torrent-removed');
    return;
  }
  const { type, ...facts } = notice;
  log[PINO_LEVELS[levelOf(type)]]({ ...torrent, ...JSON.parse(JSON.stringify(facts, asJson)) }, type);
}

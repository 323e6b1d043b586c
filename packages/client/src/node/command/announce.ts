import { randomInt } from 'node:crypto';
import type { AnnounceEvent, AnnounceRequest } from '@unchoke/tracker';
import { type Announced, announce as announceTo } from '@unchoke/tracker/node';
import { makePeerId } from '@unchoke/wire';
import { askTrackers, type TrackerAnswer, type TrackerChoice } from './ask-trackers.js';
import { counted, formatSeconds, printable } from './format.js';
import { Output, type OutputOptions } from './output.js';
import { type ReadOptions, readSubject } from './read-torrent-file.js';

export interface AnnounceCommandOptions extends OutputOptions, ReadOptions, TrackerChoice {
  readonly port: number;
  readonly event?: AnnounceEvent | 'none';
  readonly left?: number;
  readonly numwant?: number;
  readonly timeout?: number;
}

/** Asks trackers for peers, as a client would that begins. Unless told what to say, it says `stopped` afterwards. */
export async function announce(source: string, options: AnnounceCommandOptions): Promise<number> {
  const output = new Output(options);
  const subject = await readSubject(source, options, output);
  const { event, left, numwant, timeout, port } = options;
  const request: AnnounceRequest = {
    infoHash: subject.infoHash,
    peerId: makePeerId('0001', (bound) => randomInt(bound)),
    port: port === 0 ? PORT_DEFAULT : port,
    uploaded: 0,
    downloaded: 0,
    // Without the torrent nobody knows how much it is; but something is missing.
    left: left ?? subject.metainfo?.totalLength ?? 1,
    key: randomInt(2 ** 32),
    ...(numwant === undefined ? {} : { numWant: numwant }),
  };
  const settings = timeout === undefined ? {} : { timeoutMs: timeout };
  return askTrackers('announce', subject, options, output, async (url) => {
    const told = event === 'none' ? {} : { event: event ?? 'started' };
    const answer = await announceTo(url, { ...request, ...told }, settings);
    // A look must leave nothing behind: nobody listens on that port.
    if (event === undefined)
      await announceTo(url, { ...request, event: 'stopped', numWant: 0 }, settings).catch(() => undefined);
    return describe(url, answer, output);
  });
}

const PORT_DEFAULT = 6881;
/** `-v` shows all. */
const PEERS_SHOWN_MAX = 20;

function describe(url: string, answer: Announced, output: Output): TrackerAnswer {
  const peers = [...answer.peers].map(({ host, port }) => ({ host, port }));
  const { intervalS, minIntervalS, complete, incomplete, downloaded, externalIp, warning } = answer;
  const facts = {
    trackerHost: answer.trackerHost ?? null,
    intervalS: intervalS ?? null,
    minIntervalS: minIntervalS ?? null,
    complete: complete ?? null,
    incomplete: incomplete ?? null,
    downloaded: downloaded ?? null,
    externalIp: externalIp ?? null,
    warning: warning ?? null,
    peers,
    droppedPeerCount: answer.droppedPeerCount,
  };
  const parts = [
    `${counted(complete, 'seed')}, ${incomplete ?? '?'} downloading`,
    counted(peers.length, 'peer'),
    ...(answer.droppedPeerCount > 0 ? [`${answer.droppedPeerCount} unusable`] : []),
    ...(intervalS === undefined ? [] : [`again in ${formatSeconds(intervalS)}`]),
    ...(externalIp === undefined ? [] : [`sees us at ${printable(externalIp)}`]),
  ];
  const shown = output.level > 0 ? peers : peers.slice(0, PEERS_SHOWN_MAX);
  const more = peers.length - shown.length;
  const lines = [
    `${output.paintResult('green', 'answered')}  ${printable(url)} in %: ${parts.join('; ')}`,
    ...(warning === undefined ? [] : [`  the tracker says: ${printable(warning)}`]),
    ...shown.map(({ host, port }) => `  ${host.includes(':') ? `[${host}]` : host}:${port}`),
    ...(more > 0 ? [`  and ${more} more (-v shows them)`] : []),
  ];
  return { facts, text: lines.join('\n') };
}

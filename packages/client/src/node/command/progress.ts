import type { ClientTorrent } from '../client-torrent.js';
import { counted } from './format.js';
import type { LiveScreen } from './live-screen.js';
import type { Output } from './output.js';
import { openStderrScreen } from './stderr-screen.js';
import { etaS, type Moment, shareRatio, torrentLine, torrentView } from './torrent-view.js';

const REDRAW_MS = 250;
const JSON_MS = 1_000;
const PLAIN_MS = 5_000;

/** Tells how a torrent gets on, in the style that was chosen. */
export class Progress {
  readonly #torrent: ClientTorrent;
  readonly #output: Output;
  readonly #screen: LiveScreen;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onResize = (): void => this.#tell();

  constructor(torrent: ClientTorrent, output: Output) {
    this.#torrent = torrent;
    this.#output = output;
    this.#screen = openStderrScreen(output);
    const { style } = output;
    if (style === 'none') return;
    const intervalMs =
      style === 'bar' ? REDRAW_MS : (output.progressIntervalMs ?? (style === 'plain' ? PLAIN_MS : JSON_MS));
    this.#timer = setInterval(() => this.#tell(), intervalMs);
    if (style !== 'bar') return;
    output.aside = (line) => this.#screen.above(line);
    process.stderr.on('resize', this.#onResize);
    this.#tell();
  }

  /** Shows where it stands, once more, and leaves it there; of what is complete the summary says enough. */
  end(): void {
    const { style } = this.#output;
    const isComplete = momentOf(this.#torrent).leftBytes === 0;
    if (style === 'json' || (style !== 'none' && !isComplete)) this.#tell();
    clearInterval(this.#timer);
    process.stderr.off('resize', this.#onResize);
    this.#output.aside = undefined;
    if (isComplete) this.#screen.clear();
    else this.#screen.close();
  }

  #tell(): void {
    const output = this.#output;
    const moment = momentOf(this.#torrent);
    if (output.style === 'json') output.jsonProgress(progressOf(moment));
    else if (output.style === 'plain') process.stderr.write(`${torrentLine(moment)}\n`);
    else if (output.style === 'bar') {
      const { columns, paint } = output;
      this.#screen.draw(torrentView(moment, columns, paint));
    }
  }
}

/** Where a torrent stands now. */
export function momentOf({ metainfo, status }: ClientTorrent): Moment {
  const { name, contentLength, pieceLength } = metainfo;
  const { pieceCount, haveCount, unwantedCount } = status;
  const wantedCount = pieceCount - unwantedCount;
  // Of a selection whole pieces are fetched, with the ends of its neighbours in them.
  const wantedBytes = unwantedCount === 0 ? contentLength : Math.min(contentLength, wantedCount * pieceLength);
  const leftBytes = wantedCount === 0 ? 0 : Math.ceil((wantedBytes * (wantedCount - haveCount)) / wantedCount);
  return { name, wantedBytes, leftBytes, status };
}

function progressOf(moment: Moment): object {
  const { status, leftBytes, wantedBytes } = moment;
  const { state, haveCount, pieceCount, receivedBytes, sentBytes, wastedBytes, downloadRate, uploadRate, why } = status;
  const eta = etaS(moment);
  return {
    state,
    haveCount,
    pieceCount,
    wantedBytes,
    leftBytes,
    receivedBytes,
    sentBytes,
    wastedBytes,
    downloadRate: Math.round(downloadRate),
    uploadRate: Math.round(uploadRate),
    ratio: Math.round(shareRatio(moment) * 1000) / 1000,
    etaS: eta === undefined ? null : Math.ceil(eta),
    peers: status.peers.filter(({ isConnected }) => isConnected).length,
    why,
  };
}

/** In words, for the last line of a run. */
export function haveWords({ status }: Moment): string {
  const { haveCount, pieceCount, unwantedCount } = status;
  return `${haveCount} of ${counted(pieceCount - unwantedCount, 'piece')}`;
}

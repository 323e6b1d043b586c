import { scrape as scrapeAt } from '@unchoke/tracker/node';
import { askTrackers, type TrackerChoice } from './ask-trackers.js';
import { counted, printable } from './format.js';
import { Output, type OutputOptions } from './output.js';
import { type ReadOptions, readSubject } from './read-torrent-file.js';

export interface ScrapeCommandOptions extends OutputOptions, ReadOptions, TrackerChoice {
  readonly timeout?: number;
}

/** Asks trackers how many seeds and downloaders a torrent has, without joining them. */
export async function scrape(source: string, options: ScrapeCommandOptions): Promise<number> {
  const output = new Output(options);
  const subject = await readSubject(source, options, output);
  const settings = options.timeout === undefined ? {} : { timeoutMs: options.timeout };
  return askTrackers('scrape', subject, options, output, async (url) => {
    const [counts] = await scrapeAt(url, [subject.infoHash], settings);
    const { complete, incomplete, downloaded } = counts ?? {};
    const facts = {
      isKnown: counts !== undefined,
      complete: complete ?? null,
      incomplete: incomplete ?? null,
      downloaded: downloaded ?? null,
    };
    const said =
      counts === undefined
        ? 'it does not know this torrent'
        : `${counted(complete, 'seed')}, ${incomplete} downloading, finished ${counted(downloaded, 'time')}`;
    return { facts, text: `${output.paintResult('green', 'answered')}  ${printable(url)} in %: ${said}` };
  });
}

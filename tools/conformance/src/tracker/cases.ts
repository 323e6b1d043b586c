import type { Case } from '../case.js';
import { answerCases } from './http/answer-cases.js';
import { hygieneCases } from './http/hygiene-cases.js';
import { queryCases } from './http/query-cases.js';
import { scrapeCases } from './http/scrape-cases.js';
import { swarmCases } from './http/swarm-cases.js';
import type { TrackerSubject } from './subject.js';
import { announceCases } from './udp/announce-cases.js';
import { connectCases } from './udp/connect-cases.js';
import { udpHygieneCases } from './udp/hygiene-cases.js';
import { udpScrapeCases } from './udp/scrape-cases.js';

/** Every rule for trackers. */
export const trackerCases: readonly Case<TrackerSubject>[] = [
  ...answerCases,
  ...swarmCases,
  ...queryCases,
  ...scrapeCases,
  ...hygieneCases,
  ...connectCases,
  ...announceCases,
  ...udpScrapeCases,
  ...udpHygieneCases,
];

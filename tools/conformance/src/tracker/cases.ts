import type { Case } from '../case.js';
import type { TrackerSubject } from './subject.js';

/** Every rule for trackers. */
export const trackerCases: readonly Case<TrackerSubject>[] = [];

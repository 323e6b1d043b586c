import type { Case } from '../case.js';
import type { ClientSubject } from './subject.js';

/** Every rule for clients. */
export const clientCases: readonly Case<ClientSubject>[] = [];

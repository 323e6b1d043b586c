import type { Case } from '../case.js';
import { chokingCases } from './choking/choking.js';
import { reciprocationCases } from './choking/reciprocation.js';
import { connectionCases } from './connections/connections.js';
import { extendedCases } from './extensions/extended.js';
import { fastCases } from './fast/fast.js';
import { contentCases } from './files/content.js';
import { pathCases } from './files/paths.js';
import { incomingCases } from './handshake/incoming.js';
import { outgoingCases } from './handshake/outgoing.js';
import { memoryCases } from './memory/memory.js';
import { metadataCases } from './metadata/metadata.js';
import { pexCases } from './pex/pex.js';
import { pieceCases } from './pieces/pieces.js';
import { requestCases } from './requests/requests.js';
import { resumeCases } from './resume/resume.js';
import { servingCases } from './seeding/serving.js';
import { shutdownCases } from './shutdown/shutdown.js';
import { interestCases } from './state/interest.js';
import { messageCases } from './state/messages.js';
import type { ClientSubject } from './subject.js';
import { announcingCases } from './tracker/announcing.js';
import { answerCases } from './tracker/answers.js';
import { tierCases, udpCases } from './tracker/tiers.js';
import { framingCases } from './wire/framing.js';

/** Every rule for clients, from the first byte to the last. */
export const clientCases: readonly Case<ClientSubject>[] = [
  ...contentCases,
  ...pathCases,
  ...announcingCases,
  ...answerCases,
  ...tierCases,
  ...udpCases,
  ...incomingCases,
  ...outgoingCases,
  ...framingCases,
  ...messageCases,
  ...interestCases,
  ...requestCases,
  ...pieceCases,
  ...servingCases,
  ...chokingCases,
  ...reciprocationCases,
  ...fastCases,
  ...extendedCases,
  ...metadataCases,
  ...pexCases,
  ...connectionCases,
  ...memoryCases,
  ...resumeCases,
  ...shutdownCases,
];

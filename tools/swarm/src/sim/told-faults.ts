import { seededRandom } from '@unchoke/mock-tracker';
import type { Role } from './role.js';
import { FAULTS, type FaultPlan, faultPlan, HOSTILE, NO_FAULTS, type SimPlan } from './sim-plan.js';

/** Faults that are told instead of drawn: which strike how often, who is hostile, and whether chunks are cut. */
export interface ToldFaults {
  /** As it was told. */
  readonly text: string;
  /** Strikes a minute of virtual time in the whole swarm. */
  readonly strikes: FaultPlan;
  /** With which probability a member, but for the first, has a role; 0 to 1. */
  readonly roles: readonly (readonly [role: Role, share: number])[];
  /** With which probability a chunk is cut somewhere before it is delivered, 0 to 1. */
  readonly cuts: number;
}

const CUTS = 'cuts';
const NOTHING = 'none';
/** More in a minute would leave time for nothing else. */
const STRIKES_MAX = 600;
/** Its own chance, so that nothing else that is drawn depends on what was told. */
const CHANCE = 2 ** 51;

/** What can be told, for people. */
export const FAULT_NAMES: readonly string[] = [...FAULTS, ...HOSTILE, CUTS];

/** Reads text such as `resets=12,crashes=2,staller=0.2`; what it does not name is off. @throws {RangeError} that says what is wrong. */
export function parseFaults(text: string): ToldFaults {
  const amounts = new Map(text === NOTHING ? [] : text.split(',').map((part) => readPart(part)));
  const strikes = faultPlan((fault) => amounts.get(fault) ?? 0);
  const roles = HOSTILE.map((role) => [role, amounts.get(role) ?? 0] as const);
  if (roles.reduce((sum, [, share]) => sum + share, 0) > 1)
    throw new RangeError('the shares of all roles are more than 1');
  return { text, strikes, roles, cuts: amounts.get(CUTS) ?? 0 };
}

function readPart(part: string): readonly [name: string, amount: number] {
  const [name = '', digits = '', ...rest] = part.split('=');
  if (!FAULT_NAMES.includes(name)) throw new RangeError(`"${name}" is not known; known are ${FAULT_NAMES.join(', ')}`);
  const most = name in NO_FAULTS ? STRIKES_MAX : 1;
  const amount = /^\d*\.?\d+$/.test(digits) && rest.length === 0 ? Number(digits) : Number.NaN;
  if (!(amount <= most)) throw new RangeError(`${name}: expected a number from 0 to ${most}`);
  return [name, amount];
}

/** The same run with these faults instead. */
export function withFaults(plan: SimPlan, { text, strikes, roles, cuts }: ToldFaults): SimPlan {
  const draw = seededRandom(plan.seed + CHANCE);
  const members = plan.members.map((member, index) => {
    const isHonest = member.role === 'seed' || member.role === 'leech';
    const honest: Role = index === 0 ? 'seed' : isHonest ? member.role : 'leech';
    const drawn = draw(1_000_000) / 1_000_000;
    return { ...member, role: index === 0 ? honest : (roleAt(drawn, roles) ?? honest) };
  });
  return {
    ...plan,
    members,
    faults: strikes,
    cutOneIn: cuts === 0 ? 0 : Math.max(1, Math.round(1 / cuts)),
    command: `${plan.command} --faults ${text}`,
  };
}

function roleAt(drawn: number, roles: ToldFaults['roles']): Role | undefined {
  let sum = 0;
  return roles.find(([, share]) => {
    sum += share;
    return drawn < sum;
  })?.[0];
}

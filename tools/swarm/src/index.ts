export { Member } from './member.js';
export { type MemberPlan, type MockPlan, type OursPlan, type Plan, planOf, type StrangerPlan } from './plan.js';
export { parseScenario, ScenarioError } from './scenario.js';
export { formatSummary, type LeechSummary, type Summary, summarise } from './summary.js';
export { type PieceMoment, Swarm, type SwarmEvent, type Troublemaker } from './swarm.js';
export { drawSwarm } from './view.js';

export { DEFAULT_PLAN, type Plan } from './plan.js';
export { formatSummary, type LeechSummary, type Summary, summarise } from './summary.js';
export { type Member, Swarm, type SwarmEvent, type Troublemaker } from './swarm.js';
export { drawSwarm } from './view.js';

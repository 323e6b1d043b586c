export type { Case, CaseInfo, Kit, Level, Result, SubjectKind, Verdict } from './case.js';
export { Ending, fail, notApplicable, notStarted } from './errors.js';
export { allCases } from './registry.js';
export { type RunPlan, runCases } from './runner.js';

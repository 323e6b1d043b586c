export type { Case, CaseInfo, Kit, Level, Result, SubjectKind, Verdict } from './case.js';
export { clientCases } from './client/cases.js';
export type { ClientSubject, ClientTraits, Exit, Job, RunningClient } from './client/subject.js';
export { Ending, fail, notApplicable, notStarted } from './errors.js';
export { allCases } from './registry.js';
export { type RunPlan, runCase, runCases } from './runner.js';

/** One place where the house and a rule disagree. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  /** What is wrong and what to do instead. */
  readonly message: string;
}

/** Throws with one line per finding, `path:line  rule: message`, in the order of the files. */
export function expectNone(findings: readonly Finding[]): void {
  if (findings.length === 0) return;
  const sorted = [...findings].sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
  const lines = sorted.map(({ path, line, rule, message }) => `${path}:${line}  ${rule}: ${message}`);
  const error = new Error(`${findings.length} to tidy up\n${lines.join('\n')}`);
  // Where the rule stands does not help whoever has to tidy up.
  error.stack = error.message;
  throw error;
}

/** Says whether the model client breaks a rule, by the name of the flaw. */
export type Flaw = (name: string) => boolean;

/** A whole number from 0 to `bound` − 1, each as likely as the others. The picker has no chance of its own. */
export type RandomBelow = (bound: number) => number;

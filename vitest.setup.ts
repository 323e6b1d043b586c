import { configureGlobal } from 'fast-check';

/**
 * One number replays a whole run: `UNCHOKE_SEED=42 npm test`. CI has to name its seed (`.ci/run` takes it from the
 * commit), so that a red run can always be repeated. fast-check prints the seed and the path of every failure.
 */
const given = process.env['UNCHOKE_SEED'];
if (given === undefined && process.env['CI'] === 'true') {
  throw new Error('UNCHOKE_SEED is not set. In CI every random test needs a stated seed: UNCHOKE_SEED=42 npm test');
}
if (given !== undefined) configureGlobal({ seed: Number(given) });

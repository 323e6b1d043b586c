import { layerOf, type Result } from '../case.js';
import { counts, type Look, type Reporter, type Run } from './report.js';

const COLUMNS = ['pass', 'fail', 'timeout', 'not-applicable', 'not-started', 'error'] as const;

/** One page that needs nothing else: a table of layers and verdicts, then every case. Red is only what makes the run fail. */
export function htmlReporter(write: (text: string) => void, { strict }: Look): Reporter {
  return { end: (run) => write(page(run, strict)) };
}

function page(run: Run, strict: boolean): string {
  const layers = [...new Set(run.results.map((result) => layerOf(result.case)))];
  const cell = (results: readonly Result[]) => (type: (typeof COLUMNS)[number]) => {
    const those = results.filter(({ verdict }) => verdict.type === type);
    const required = those.filter((result) => counts(result, strict)).length;
    const shown = required === 0 ? `${those.length}` : `${those.length} <small>(${required} required)</small>`;
    return `<td class="${those.length === 0 ? 'none' : `${type}${required === 0 ? '' : ' required'}`}">${shown}</td>`;
  };
  const row = (layer: string): string => {
    const results = run.results.filter((result) => layerOf(result.case) === layer);
    return `<tr><th scope="row"><a href="#${html(layer)}">${html(layer)}</a></th>${COLUMNS.map(cell(results)).join('')}</tr>`;
  };
  const total = `<tr class="total"><th scope="row">all</th>${COLUMNS.map(cell(run.results)).join('')}</tr>`;
  const sections = layers.map((layer) => {
    const results = run.results.filter((result) => layerOf(result.case) === layer);
    return `<section id="${html(layer)}"><h2>${html(layer)}</h2>${results.map((result) => item(result, strict)).join('')}</section>`;
  });
  const title = `${run.subject}: ${run.results.length} cases`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${html(title)}</title><style>${STYLE}</style></head><body>
<h1>${html(title)}</h1>
<p>${html(run.startedAt)}, ${(run.durationMs / 1000).toFixed(1)} s, seed ${run.seed}</p>
<p>${strict ? 'Every rule is required.' : 'Rules of the levels MUST and SAFE are required.'} A failure of these is red; any other, and one that is allowed, is amber.</p>
<table><thead><tr><th scope="col">layer</th>${COLUMNS.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>${layers.map(row).join('\n')}${total}</tbody></table>
${sections.join('\n')}
</body></html>
`;
}

function item(result: Result, strict: boolean): string {
  const { case: one, verdict, durationMs, isAllowed } = result;
  const why = 'why' in verdict ? `<p class="why">${html(verdict.why)}</p>` : '';
  const where = `${one.section}${one.reason === undefined ? '' : `; ${one.reason}`}`;
  const isKept = verdict.type === 'pass' || verdict.type === 'not-applicable';
  const isRequired = counts(result, strict);
  const weight = isKept ? '' : isAllowed ? ', allowed' : isRequired ? ', required' : ', not required';
  const open = verdict.type === 'fail' ? ' open' : '';
  return `<details class="${verdict.type}${isRequired ? ' required' : ''}"${open}><summary><b>${verdict.type}${weight}</b> ${html(one.id)} <small>${one.level}, ${Math.round(durationMs)} ms</small></summary><p>${html(one.rule)} <small>(${html(where)})</small></p>${why}</details>`;
}

function html(text: string): string {
  const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (char) => escapes[char]!);
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse}th,td{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #ddd}th[scope=row],thead th:first-child{text-align:left}
td.none{color:#aaa}td.pass{color:#126b2e}td.fail,td.timeout,td.error,td.not-started{color:#1a1a1a;background:#f2c14e}td.required{color:#fff;background:#b3261e}.total{font-weight:bold}
details{border-left:.3rem solid #aaa;padding:.1rem .8rem;margin:.3rem 0}details.pass{border-color:#126b2e}details.fail,details.timeout,details.error,details.not-started{border-color:#d99a00}details.required{border-color:#b3261e}
.why{font-family:ui-monospace,monospace;white-space:pre-wrap}small{color:#666}td small{color:inherit}
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}th,td{border-color:#444}small{color:#aaa}td.pass{color:#7bd88f}a{color:#8ab4f8}}`;

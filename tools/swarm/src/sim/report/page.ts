import { type Outcome, type Result, sum, UPLOAD_RATES } from './experiment.js';
import { type Axes, type Line, lineChart } from './line-chart.js';
import type { Study } from './study.js';
import { STYLE } from './style.js';

const WIDE = { width: 860, height: 300 } as const;
const NARROW = { width: 380, height: 220 } as const;
const SMALL = { width: 300, height: 190 } as const;
const KIB = 1024;
const SENT = UPLOAD_RATES.map((rate) => rate / KIB)
  .join(', ')
  .replace(/, (\d+)$/, ' or $1');

/** One page that needs nothing else: no script, no font, no picture from elsewhere. */
export function page(study: Study): string {
  const { main, seed, command, commit } = study;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Unchoke: ${count(main.peers)} peers in virtual time</title><style>${STYLE}</style></head><body><main>
<h1>${count(main.peers)} peers, one seed, virtual time</h1>
<p class="lead">The real client of this repository, on simulated lines: ${count(main.peers)} leeches come at once to a single seed for
${count(main.pieces)} pieces of 16 KiB. A third each can send ${SENT} KiB/s, the seed 64 KiB/s; every
leech can take in eight times what it can send. Nothing fails here: faults have runs of their own.</p>
${tiles(main)}
<h2>Completion, against what no protocol can beat</h2>
${wideChart(completion(main), { ...WIDE, xMax: main.virtualS, yMax: main.peers, xName: 'seconds', yName: 'leeches with everything' })}
<p>${aboutCompletion(main)}</p>
<h2>Fairness, by what a peer can give</h2>
${fairness(main)}
<p>${aboutFairness(main)}</p>
<h2>Diversity of pieces</h2>
${wideChart(diversity(main), { ...WIDE, height: 240, xMax: main.virtualS, yMax: main.peers + 1, xName: 'seconds', yName: 'copies of a piece' })}
<p>${aboutDiversity(main)}</p>
<h2>Which piece next: three strategies</h2>
<p class="aside">${compared(study)}</p>
<div class="multiples">${study.strategies.map(({ name, result }) => strategyPanel(name, result, study)).join('')}</div>
<h2>Free riders, with tit-for-tat and without</h2>
<p class="aside">${compared(study)} A free rider takes what it is given and never unchokes anybody. Without tit-for-tat who is served does not
depend on what it gives: the rates in the choker are replaced by chance.</p>
<div class="multiples">${study.freeRiding.map(riderPanel).join('')}</div>
<p>${aboutRiders(study)}</p>
<h2>The same policies in larger swarms</h2>
<div class="multiples">${study.scale.map(scalePanel).join('')}</div>
<p>${aboutScale(study.scale)}</p>
<footer>Seed ${seed}, commit ${commit}. Made by <code>${command}</code>. The same seed and commit give the same page, but for the CPU seconds.</footer>
</main></body></html>
`;
}

/** On a narrow screen the wide one could not be read: the page has both, and shows one. */
function wideChart(lines: readonly Line[], axes: Axes): string {
  return (
    `<div class="wide">${lineChart(lines, axes)}</div>` +
    `<div class="narrow">${lineChart(lines, { ...axes, ...NARROW })}</div>`
  );
}

function tiles(result: Result): string {
  const facts: readonly (readonly [string, string])[] = [
    [`${seconds(result.boundS)}`, 'the fluid limit: nothing is faster'],
    [`${seconds(median(leeches(result)))}`, 'half of the leeches have everything'],
    [`${seconds(lastOf(leeches(result)))}`, 'all of them'],
    [`${(result.waste * 100).toFixed(1)} %`, 'blocks that came twice or too late'],
    [result.churn.toFixed(1), 'unchokes per leech and minute'],
    [count(result.eventCount), `events in ${cpuTime(result)}`],
  ];
  return `<div class="tiles">${facts.map(([value, name]) => `<div><b>${value}</b><span>${name}</span></div>`).join('')}</div>`;
}

/** By any time no more can be complete than the capacity could have sent whole copies, and nobody before the seed has sent one. */
function completion(result: Result): readonly Line[] {
  const { samples, capacity, totalBytes, peers, boundS, virtualS } = result;
  const firstS = totalBytes / (64 * KIB);
  const possible = (atS: number): number => (atS < firstS ? 0 : Math.min(peers, (capacity * atS) / totalBytes));
  const steps = Array.from({ length: 101 }, (_, index) => (index / 100) * Math.max(virtualS, boundS));
  const times = [...steps, firstS - 1e-6, firstS].sort((one, other) => one - other);
  return [
    { name: 'fluid limit', look: 'bound', points: times.map((atS) => [atS, possible(atS)] as const) },
    {
      name: 'simulated',
      look: 'first',
      points: [[0, 0], ...samples.map(({ atS, complete }) => [atS, complete] as const)],
    },
  ];
}

function diversity({ samples }: Result): readonly Line[] {
  return [
    { name: 'of the average piece', look: 'first', points: samples.map(({ atS, mean }) => [atS, mean] as const) },
    { name: 'of the rarest piece', look: 'second', points: samples.map(({ atS, rarest }) => [atS, rarest] as const) },
  ];
}

function aboutCompletion(result: Result): string {
  return (
    `${whenAll(result)} the fluid limit; half after ${seconds(median(leeches(result)))}. ` +
    `The content is small, so that many can share one machine: at its end a block is asked of several at once, and these duplicates ` +
    `(${(result.waste * 100).toFixed(1)} % of what arrived) weigh the more the fewer blocks there are, here ${count(result.pieces)}.`
  );
}

function fairness(result: Result): string {
  const capacity = sum(result.outcomes, ({ upRate }) => upRate);
  const sent = sum(result.outcomes, ({ sentBytes }) => sentBytes);
  const rows = UPLOAD_RATES.map((rate) => {
    const ours = result.outcomes.filter(({ upRate }) => upRate === rate);
    const took = ours.map(({ tookS }) => tookS);
    const share = sum(ours, ({ sentBytes }) => sentBytes) / sent;
    const part = sum(ours, ({ upRate }) => upRate) / capacity;
    return (
      `<tr><th>${rate / KIB} KiB/s</th><td>${bar(part, 'bound')}</td><td>${bar(share, 'first')}</td>` +
      `<td>${seconds(median(took))}</td><td>${span(took)}</td></tr>`
    );
  });
  return (
    '<table><tr><th>upload line</th><th>its share of what leeches can send</th><th>its share of what they sent</th>' +
    `<th>complete, median</th><th>first – last</th></tr>${rows.join('')}</table>`
  );
}

function aboutFairness(result: Result): string {
  const classOf = (rate: number) => result.outcomes.filter(({ upRate }) => upRate === rate);
  const [slow, fast] = [UPLOAD_RATES[0]!, UPLOAD_RATES.at(-1)!].map((rate) => {
    const ours = classOf(rate);
    const share = (amount: (outcome: Outcome) => number) =>
      `${((sum(ours, amount) / sum(result.outcomes, amount)) * 100).toFixed(0)} %`;
    return {
      half: median(ours.map(({ tookS }) => tookS)),
      could: share(({ upRate }) => upRate),
      did: share(({ sentBytes }) => sentBytes),
    };
  });
  const gain = (1 - fast!.half / slow!.half) * 100;
  const verdict =
    gain > 1 ? `${gain.toFixed(0)} % sooner than` : gain < -1 ? `${(-gain).toFixed(0)} % later than` : 'about when';
  return (
    `The third with the fastest lines completes ${verdict} the third with the slowest does, at the median. The slowest third could send ${slow!.could} of ` +
    `everything and sent ${slow!.did}; the fastest could send ${fast!.could} and sent ${fast!.did}.`
  );
}

function aboutDiversity({ samples, peers }: Result): string {
  const late = samples.find(({ mean }) => mean >= (peers + 1) / 2);
  if (late === undefined) return '';
  return (
    `When the average piece has reached half of the swarm, the rarest one has ${copies(late.rarest)}, ` +
    `${((late.rarest / late.mean) * 100).toFixed(0)} % of the average: ${late.rarest > 1 ? 'no piece depends' : 'some piece still depends'} on the seed alone.`
  );
}

function strategyPanel(name: string, result: Result, study: Study): string {
  const best = study.strategies.find((each) => each.name === 'rarest-first')!.result;
  const half = median(leeches(result));
  const reference = median(leeches(best));
  const middle = result.samples[Math.floor(result.samples.length / 3)]!;
  const versus = result === best ? 'the reference' : `${percentMore(half, reference)} rarest-first`;
  return panel(
    name,
    lineChart(completion(result), {
      ...SMALL,
      xMax: longest(study.strategies.map((each) => each.result)),
      yMax: result.peers,
      xName: 'seconds',
      yName: 'complete',
    }),
    `Half are complete after ${seconds(half)}: ${versus}. A third of the way the rarest piece has ${copies(middle.rarest)}, the average one ${middle.mean.toFixed(0)}; ${(result.waste * 100).toFixed(1)} % waste.`,
  );
}

function riderPanel({ share, fair, unfair }: Study['freeRiding'][number]): string {
  const lines: Line[] = [
    { name: 'givers', look: 'first', points: curve(fair, 'leech') },
    { name: 'givers, no tit-for-tat', look: 'first-dashed', points: curve(unfair, 'leech') },
  ];
  if (share > 0) {
    lines.push({ name: 'riders', look: 'second', points: curve(fair, 'free-rider') });
    lines.push({ name: 'riders, no tit-for-tat', look: 'second-dashed', points: curve(unfair, 'free-rider') });
  }
  return panel(
    `${(share * 100).toFixed(0)} % free riders`,
    lineChart(lines, {
      ...SMALL,
      xMax: longest([fair, unfair]),
      yMax: 100,
      xName: 'seconds',
      yName: '% complete',
    }),
    share === 0
      ? `Givers: ${seconds(median(leeches(fair)))} at the median with tit-for-tat, ${seconds(median(leeches(unfair)))} without.`
      : `With tit-for-tat givers need ${seconds(median(leeches(fair)))} and riders ${seconds(median(riders(fair)))}; without, ${seconds(median(leeches(unfair)))} and ${seconds(median(riders(unfair)))} (medians).`,
  );
}

function aboutRiders({ freeRiding }: Study): string {
  const ratios = freeRiding
    .filter(({ share }) => share > 0)
    .map(({ share, fair, unfair }) => {
      const cost = (result: Result): number => median(riders(result)) / median(leeches(result));
      return `at ${(share * 100).toFixed(0)} % ${times(cost(fair))} (${times(cost(unfair))} without)`;
    });
  return `What riding costs, as the median time of a rider over that of a giver (above 1 the rider waits longer): ${ratios.join(', ')}.`;
}

function scalePanel(result: Result): string {
  return panel(
    `${count(result.peers)} peers`,
    lineChart(completion(result), {
      ...SMALL,
      xMax: result.virtualS,
      yMax: result.peers,
      xName: 'seconds',
      yName: 'complete',
    }),
    `${whenAll(result)} the limit of ${seconds(result.boundS)}. ${(result.waste * 100).toFixed(1)} % waste, ${count(result.eventCount)} events, ${cpuTime(result)}.`,
  );
}

function aboutScale(results: readonly Result[]): string {
  if (results.length < 2) return '';
  const [first, last] = [results[0]!, results.at(-1)!];
  const growth = last.peers / first.peers;
  const slower = lastOf(leeches(last)) / lastOf(leeches(first));
  const perPeer = last.eventCount / last.peers / (first.eventCount / first.peers);
  return (
    `${times(growth)} the peers take ${times(slower)} the time, and for each of them there are ${times(perPeer)} the events: every member looks at its own ` +
    `${count(20)} connections only, whatever the size of the swarm, and the capacity grows with those who come.`
  );
}

function compared({ strategies }: Study): string {
  const { peers, pieces } = strategies[0]!.result;
  return `${count(peers)} leeches, ${count(pieces)} pieces, the same lines.`;
}

function panel(title: string, chart: string, sentence: string): string {
  return `<figure><h3>${title}</h3>${chart}<figcaption>${sentence}</figcaption></figure>`;
}

function bar(part: number, look: string): string {
  return `<span class="bar"><i class="${look}" style="width:${(part * 100).toFixed(1)}%"></i></span>${(part * 100).toFixed(0)} %`;
}

/** How many per cent of one kind have completed, over time: a step for each. */
function curve(result: Result, role: Outcome['role']): readonly (readonly [number, number])[] {
  const took = result.outcomes.filter((each) => each.role === role).map(({ tookS }) => tookS);
  const done = took.filter(Number.isFinite).sort((one, other) => one - other);
  const steps = done.flatMap((atS, index) => [
    [atS, (index / took.length) * 100] as const,
    [atS, ((index + 1) / took.length) * 100] as const,
  ]);
  return [[0, 0], ...steps];
}

function longest(results: readonly Result[]): number {
  return Math.max(...results.map(({ virtualS }) => virtualS));
}

function leeches({ outcomes }: Result): readonly number[] {
  return outcomes.filter(({ role }) => role === 'leech').map(({ tookS }) => tookS);
}

function riders({ outcomes }: Result): readonly number[] {
  return outcomes.filter(({ role }) => role === 'free-rider').map(({ tookS }) => tookS);
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function lastOf(values: readonly number[]): number {
  return Math.max(...values);
}

function percentMore(value: number, reference: number): string {
  const more = Math.round((value / reference - 1) * 100);
  if (more === 0) return 'as long as with';
  return more > 0 ? `${more} % longer than with` : `${-more} % shorter than with`;
}

function span(took: readonly number[]): string {
  const [first, last] = [Math.min(...took), lastOf(took)];
  return `${Number.isFinite(last) ? first.toFixed(0) : seconds(first)} – ${seconds(last)}`;
}

function seconds(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(0)} s` : 'longer than was waited';
}

function times(factor: number): string {
  return Number.isFinite(factor) ? `${Number(factor.toFixed(factor < 10 ? 2 : 0))} times` : 'more than was waited for';
}

function copies(number: number): string {
  return `${count(number)} ${number === 1 ? 'copy' : 'copies'}`;
}

/** The beginning of a sentence that goes on with what it is compared with. */
function whenAll(result: Result): string {
  const took = leeches(result);
  const all = lastOf(took);
  if (Number.isFinite(all)) return `All have everything after ${seconds(all)}, ${times(all / result.boundS)}`;
  const done = took.filter(Number.isFinite).length;
  return `${count(done)} of ${count(took.length)} have everything after ${times(result.virtualS / result.boundS)}`;
}

function cpuTime({ cpuS }: Result): string {
  const whole = Math.max(1, Math.round(cpuS));
  return `${count(whole)} CPU second${whole === 1 ? '' : 's'}`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

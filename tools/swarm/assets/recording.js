// Runs in the page of a recording. `recorded` stands before this script; nothing is fetched.
const SVG = 'http://www.w3.org/2000/svg';
const COLOURS = ['#1f77b4', '#e0730d', '#9467bd', '#8c564b', '#d94f8f', '#12a3b0', '#8a8f00'];
const MISSING = '#8883';
const ENDS = { seed: '#2ca02c', mock: '#d62728', stranger: '#555f6b' };

const { members, moments, pieces, flows, events, summary, pieceCount } = recorded;
const endMs = Math.max(recorded.elapsedMs, 1);
const leeches = members.map((member, index) => ({ ...member, index })).filter(({ kind }) => kind === 'leech');
const seeds = members.map((member, index) => ({ ...member, index })).filter(({ kind }) => kind === 'seed');
const colourOf = (index) => {
  const { kind } = members[index];
  return kind === 'leech' ? COLOURS[leeches.findIndex((leech) => leech.index === index) % COLOURS.length] : ENDS[kind];
};
const main = document.querySelector('main');
const isCrowd = members.length > 16;

function add(parent, name, attributes = {}, text = '') {
  const node =
    parent instanceof SVGElement || name === 'svg' ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== '') node.textContent = text;
  parent.append(node);
  return node;
}

const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

function heading(parent, title, about) {
  const section = add(parent, 'section');
  add(section, 'h2', {}, title);
  add(section, 'p', {}, about);
  return section;
}

/** Lines over time, one for each of `who`, through points of time and value; `top` is the value at the upper edge. */
function curves(section, who, pointsOf, top, label) {
  const [width, height, left, bottom] = [330, 190, 46, 20];
  const svg = add(section, 'svg', { viewBox: `0 0 ${width} ${height}`, role: 'img' });
  const x = (ms) => left + ((width - left - 8) * ms) / endMs;
  const y = (value) => height - bottom - (height - bottom - 12) * Math.min(1, value / top);
  for (const part of [0, 0.5, 1]) {
    add(svg, 'line', { x1: left, x2: width - 8, y1: y(top * part), y2: y(top * part), class: 'axis' });
    add(svg, 'text', { x: left - 6, y: y(top * part) + 4, 'text-anchor': 'end' }, label(top * part));
    add(
      svg,
      'text',
      { x: x(endMs * part), y: height - 5, 'text-anchor': part === 1 ? 'end' : 'middle' },
      seconds(endMs * part),
    );
  }
  for (const { index } of who) {
    const points = pointsOf(index).map(([ms, value]) => `${x(ms).toFixed(1)},${y(value).toFixed(1)}`);
    add(svg, 'polyline', { points: points.join(' '), fill: 'none', stroke: colourOf(index), 'stroke-width': 1.8 });
  }
}

/** How much a member had, from the first moment to the last. */
function progress(index) {
  const own = pieces.filter(([, member]) => member === index);
  const share = (count) => Math.min(1, count / pieceCount);
  const steps = own.flatMap(([ms], count) => [
    [ms, share(count)],
    [ms, share(count + 1)],
  ]);
  return [[0, 0], ...steps, [endMs, share(own.length)]];
}

/** A rate of each of `who`; `kind` is `down` or `up`. */
function rates(section, who, kind) {
  const pointsOf = (index) =>
    moments.filter((moment) => moment[kind].length > index).map((moment) => [moment.atMs, moment[kind][index]]);
  const fastest = Math.max(1, ...moments.flatMap((moment) => who.map(({ index }) => moment[kind][index] ?? 0)));
  curves(section, who, pointsOf, fastest, (value) => `${(value / 2 ** 20).toFixed(1)}`);
}

function key(parent) {
  const list = add(parent, 'div', { class: 'key' });
  for (const { name, index } of leeches) {
    const entry = add(list, 'span');
    add(entry, 'i', { style: `background:${colourOf(index)}` });
    entry.append(name);
  }
}

/** Which pieces each leech had at a time, and a way to move through it. */
function pieceMap(section) {
  const player = add(section, 'div', { class: 'player' });
  const button = add(player, 'button', {}, 'Play');
  const slider = add(player, 'input', { type: 'range', min: 0, max: endMs, value: endMs, 'aria-label': 'time' });
  const clock = add(player, 'output');
  const rows = leeches.map(({ name, index }) => {
    const row = add(section, 'div', { class: 'row' });
    add(row, 'span', {}, name);
    const canvas = add(row, 'canvas', {
      width: Math.min(pieceCount, 1200),
      height: 16,
      style: 'height:16px;image-rendering:pixelated',
    });
    return { index, canvas, share: add(row, 'span') };
  });
  const draw = () => {
    const atMs = Number(slider.value);
    clock.textContent = seconds(atMs);
    for (const { index, canvas, share } of rows) {
      const held = new Uint8Array(pieceCount);
      let count = 0;
      for (const [ms, member, piece] of pieces) {
        if (ms > atMs) break;
        if (member === index && held[piece] === 0) {
          held[piece] = 1;
          count++;
        }
      }
      paint(canvas, held, colourOf(index));
      share.textContent = `${Math.round((count / pieceCount) * 100)} %`;
    }
  };
  slider.addEventListener('input', draw);
  play(button, slider, draw);
  draw();
}

function paint(canvas, held, colour) {
  const context = canvas.getContext('2d');
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = MISSING;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = colour;
  for (let cell = 0; cell < canvas.width; cell++) {
    const [start, end] = [
      Math.floor((cell * pieceCount) / canvas.width),
      Math.floor(((cell + 1) * pieceCount) / canvas.width),
    ];
    let count = 0;
    for (let piece = start; piece < end; piece++) count += held[piece];
    context.globalAlpha = count / Math.max(1, end - start);
    context.fillRect(cell, 0, 1, canvas.height);
  }
  context.globalAlpha = 1;
}

/** Twelve seconds for the whole, however long it took. */
function play(button, slider, draw) {
  let startMs;
  const step = (nowMs) => {
    if (startMs === undefined) return;
    slider.value = String(Math.min(endMs, ((nowMs - startMs) / 12_000) * endMs));
    draw();
    if (Number(slider.value) >= endMs) stop();
    else requestAnimationFrame(step);
  };
  const stop = () => {
    startMs = undefined;
    button.textContent = 'Play';
  };
  button.addEventListener('click', () => {
    if (startMs !== undefined) return stop();
    const from = Number(slider.value) >= endMs ? 0 : Number(slider.value);
    startMs = performance.now() - (from / endMs) * 12_000;
    button.textContent = 'Stop';
    requestAnimationFrame(step);
  });
}

/** Everybody on a circle; the thicker the line, the more went along it, in the colour of who gave. */
function circle(section) {
  const [size, middle, radius] = [480, 240, isCrowd ? 145 : 165];
  const svg = add(section, 'svg', { viewBox: `0 0 ${size} ${size - 40}`, role: 'img' });
  const at = (index, far = radius) => {
    const angle = (index / members.length) * 2 * Math.PI - Math.PI / 2;
    return [middle + far * Math.cos(angle), middle - 20 + far * Math.sin(angle)];
  };
  const most = Math.max(1, ...flows.map(([, , bytes]) => bytes));
  for (const [from, to, bytes] of flows) {
    const [[x1, y1], [x2, y2]] = [at(from), at(to)];
    const bend = `${(x1 + x2) / 2 + (middle - (x1 + x2) / 2) * 0.4} ${(y1 + y2) / 2 + (middle - 20 - (y1 + y2) / 2) * 0.4}`;
    const path = add(svg, 'path', {
      d: `M${x1} ${y1}Q${bend} ${x2} ${y2}`,
      fill: 'none',
      stroke: colourOf(from),
      'stroke-opacity': 0.65,
      'stroke-width': Math.max(0.6, (10 * bytes) / most),
    });
    add(path, 'title', {}, `${members[from].name} gave ${members[to].name} ${mebibytes(bytes)}`);
  }
  members.forEach(({ name }, index) => {
    const [x, y] = at(index);
    const [labelX, labelY] = at(index, radius + 14);
    add(svg, 'circle', { cx: x, cy: y, r: 6, fill: colourOf(index) });
    const isLeft = labelX < middle;
    const anchor = !isCrowd && Math.abs(labelX - middle) < 30 ? 'middle' : isLeft ? 'end' : 'start';
    // Names of many would lie on one another: they stand out like rays.
    const turn = isCrowd ? (index / members.length) * 360 - (isLeft ? 270 : 90) : 0;
    const place = `translate(${labelX} ${labelY}) rotate(${turn})`;
    add(svg, 'text', { y: 4, transform: place, 'text-anchor': anchor }, name);
  });
}

function flowTable(section) {
  const table = add(add(section, 'div', { class: 'scroll' }), 'table', { class: 'flow' });
  const givers = members
    .map((member, index) => ({ ...member, index }))
    .filter(({ index }) => flows.some(([from]) => from === index));
  const head = add(table, 'tr');
  add(head, 'th', {}, 'to \\ from');
  for (const { name } of givers) add(head, 'th', {}, name);
  for (const { name, index } of leeches) {
    const row = add(table, 'tr');
    add(row, 'td', {}, name);
    for (const giver of givers) {
      const flow = flows.find(([from, to]) => from === giver.index && to === index);
      add(row, 'td', {}, flow === undefined ? '' : (flow[2] / 2 ** 20).toFixed(1));
    }
  }
}

function happenings(section) {
  const table = add(section, 'table', { class: 'happened' });
  for (const { atMs, member, text } of events) {
    const row = add(table, 'tr');
    for (const cell of [seconds(atMs), member, text]) add(row, 'td', {}, cell);
  }
}

add(main, 'h1', {}, recorded.title);
const verdict = summary.ok ? 'Every leech is complete, compared byte for byte.' : summary.problems.join(' ');
add(
  main,
  'p',
  {},
  `${mebibytes(recorded.contentBytes)} in ${pieceCount} pieces, ${members.length} members, ${seconds(recorded.elapsedMs)}. ${verdict}`,
);
key(main);
const top = add(main, 'div', { class: 'charts' });
curves(heading(top, 'Progress', 'What each leech has, verified.'), leeches, progress, 1, (value) => `${value * 100} %`);
rates(heading(top, 'Download rate', 'In MiB/s, over some twenty seconds.'), leeches, 'down');
rates(heading(top, 'Upload rate', 'The same; seeds are green.'), [...seeds, ...leeches], 'up');
pieceMap(heading(main, 'Pieces', 'Which pieces each leech had. Press play, or move through time.'));
// Beside a table of many givers the circle would be a dot.
const bottom = add(main, 'div', { class: isCrowd ? 'stacked' : 'beside' });
circle(heading(bottom, 'Who fed whom', 'A line has the colour of who gave, and is the thicker the more it was.'));
flowTable(heading(bottom, 'The same in MiB', 'What each leech received, by giver; false pieces count too.'));
happenings(heading(main, 'What happened', 'Bans with their reasons, the tracker, who came to an end.'));

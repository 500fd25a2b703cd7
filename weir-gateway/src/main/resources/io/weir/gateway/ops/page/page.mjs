// The operator's page: reads /history once and then /events; changes limits with PATCH /limits. Names are hostile input: they
// become text nodes, never markup.
import uPlot from './uPlot.mjs';

const HISTORY_SECONDS = 3600;
const STALE_MILLIS = 5000;
const LIMITS_MILLIS = 30_000;
const MAX_NAME = 60;
const NEAR_PERMILLE = 800;
const PLOT_HEIGHT = 190;
const STEPS = 60;
const MARK_WIDTH = 24;
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [16, 4], [6, 2, 2, 2, 2, 2], [4, 6], [1, 5]];
const CIRCUITS = { closed: '● closed: in order', open: '✕ open: left alone, it fails', half_open: '◐ half open: being tried' };
const REASONS = {
  connection_messages: 'a connection has as many messages pending as its limit allows',
  connection_bytes: 'a connection has as many bytes pending as its limit allows',
  tenant_messages: 'the tenant has as many messages pending as its limit allows',
  tenant_bytes: 'the tenant has as many bytes pending as its limit allows',
  global_messages: 'the gateway has as many messages pending as its limit allows',
  global_bytes: 'the gateway has as many bytes pending as its limit allows',
  rate: 'a connection sends faster than its rate allows',
  tenant_rate: 'the tenant sends faster than its rate allows',
  control: 'a connection sends too many control messages',
  global_control: 'too many control messages are pending',
  priority: 'there is pressure, and their priority is low',
  wait: 'they would wait for the server for longer than is useful',
  circuit_open: 'the server fails, and is left alone for a while',
  expired: 'their time to live passed while they waited',
  dropped_oldest: 'later messages took their place in the queue',
  reset: 'their session ended while they waited',
  streams: 'too many streams are open',
  session_age: 'their session has reached its maximum age',
  connection_age: 'their connection has reached its maximum age',
};
const MAIN = [
  'queue_limits.max_messages', 'queue_limits.max_bytes', 'queue_limits.enable_tenant_limits', 'queue_limits.tenant_max_messages',
  'queue_limits.tenant_max_bytes', 'queue_limits.global_max_messages', 'queue_limits.global_max_bytes', 'queue_limits.backpressure_action',
  'backpressure.max_messages_per_sec', 'backpressure.tenant_max_messages_per_sec', 'backpressure.burst_multiplier',
  'backpressure.queue_depth_threshold_percent',
];

const $ = (id) => document.getElementById(id);

/** An element with text or elements in it. */
function make(tag, attributes = {}, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...content);
  return element;
}

/** Text that may be broken behind the dots and underscores of its keys. */
const breakable = (text, at = /(?<=[\p{L}\p{N}][._])(?=\p{L})/u) => text.split(at).flatMap((part, i) => (i === 0 ? [part] : [make('wbr'), part]));

/** Changes text only if it differs, so that selections and screen readers are left alone. */
function say(element, text) {
  if (element.textContent !== text) {
    element.replaceChildren(...breakable(text));
  }
}

/** A name that somebody else has chosen: characters that cannot be seen are escapes, and the middle of a long one is left out. */
function visible(name) {
  const points = [...name];
  const short = points.length <= MAX_NAME ? points : [...points.slice(0, 40), '…', ...points.slice(-12), ` (${count(points.length)} characters)`];
  return short.map((c) => (/^[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]$/u.test(c) ? `\\u{${c.codePointAt(0).toString(16)}}` : c)).join('');
}

const named = (name) => make('bdi', {}, ...breakable(visible(name), /(?<=[\p{L}\p{N}][._/:]+)(?=[\p{L}\p{N}])/u));
const count = (n) => Math.round(n).toLocaleString('en-US');
const percent = (permille) => `${permille > 0 && permille < 10 ? '< 1' : Math.floor(permille / 10)} %`;
const millis = (ms) => `${ms > 0 && ms < 0.1 ? '< 0.1' : ms > 0 && ms < 10 ? ms.toFixed(1) : count(ms)} ms`;
const millisOf = (micros) => (micros === undefined ? 'no data' : millis(micros / 1000));
const perSecond = (n) => (n > 0 && n < 10 ? n.toFixed(1) : count(n));
const two = (n) => String(n).padStart(2, '0');

function bytes(n) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024;
    unit++;
  }
  return `${unit === 0 || n >= 100 ? count(n) : n.toFixed(1)} ${units[unit]}`;
}

function clock(epochMillis, now = Date.now()) {
  const at = new Date(epochMillis);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return now - epochMillis > 20 * 3_600_000 ? `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}` : time;
}

function lasting(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  return s < 90 ? `${s} s` : s < 5400 ? `${Math.round(s / 60)} min` : `${(s / 3600).toFixed(1)} h`;
}

// The last hour, column by column.
const history = { time: [], columns: new Map(), marks: [] };
let snapshot = null;
let received = 0;
let failing = false;

function append(time, row) {
  const { time: times, columns } = history;
  if (times.length > 0 && time <= times[times.length - 1]) {
    return;
  }
  for (const name of Object.keys(row)) {
    if (!columns.has(name)) {
      columns.set(name, new Array(times.length).fill(null));
    }
  }
  times.push(time);
  columns.forEach((values, name) => values.push(row[name] ?? null));
  if (times.length > HISTORY_SECONDS + 300) {
    times.splice(0, 300);
    columns.forEach((values) => values.splice(0, 300));
  }
}

async function loadHistory() {
  const last = history.time.at(-1);
  const answer = await fetch(last === undefined ? '/history' : `/history?since=${last}`);
  if (!answer.ok) {
    throw new Error(`/history: ${answer.status}`);
  }
  const loaded = await answer.json();
  loaded.time.forEach((time, i) => append(time, Object.fromEntries(Object.entries(loaded.columns).map(([name, values]) => [name, values[i]]))));
  history.marks = loaded.marks;
}

/** Where the last run of values that match begins, as a time; null if the last value does not match. */
function sinceWhen(name, matches) {
  const values = history.columns.get(name) ?? [];
  let at = values.length;
  while (at > 0 && matches(values[at - 1])) {
    at--;
  }
  return at === values.length ? null : history.time[at];
}

// What is rejected, to whom, why, since when, and what to change.

/** Whose the messages are: all a tenant's, or how large a part of them is those of the tenant with the most. */
function tenantOf(tenants, messages) {
  const [most] = tenants;
  if (!most) {
    return [];
  }
  const others = most.tenant === '(others)';
  if (tenants.length === 1 && most.messages >= messages) {
    return [' of ', ...(others ? ['many tenants'] : ['tenant ', named(most.tenant)])];
  }
  return [`, ${Math.round((100 * Math.min(most.messages, messages)) / messages)} % of them `, ...(others ? ["many other tenants'"] : ['tenant ', named(most.tenant), "'s"]), ','];
}

function sentence(incident) {
  const now = snapshot.time;
  const seconds = Math.min(10, Math.max(1, (now - incident.since) / 1000 + 1));
  const reason = REASONS[incident.reason] ?? incident.reason;
  const where = snapshot.queues.length > 1 ? [' for upstream ', named(incident.upstream)] : [];
  const since = ` since ${clock(incident.since, now)} (${lasting(now - incident.since)})`;
  return incident.lately > 0
    ? [make('span', { class: 'state' }, 'Rejecting'), ` ${perSecond(incident.lately / seconds)} messages/s`, ...tenantOf(incident.tenants_lately, incident.lately), ...where, since, `: ${reason}.`]
    : [make('span', { class: 'state' }, 'Rejected'), ` ${count(incident.messages)} messages`, ...tenantOf(incident.tenants, incident.messages), ...where, ` from ${clock(incident.since, now)} to ${clock(incident.last, now)}: ${reason}.`];
}

/** Text in which keys that can be changed here are links to their fields. */
function linked(text) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(/\b(?:queue_limits|backpressure)\.[a-z_]*[a-z]/g)) {
    const field = fields.get(match[0]);
    parts.push(...breakable(text.slice(at, match.index)));
    parts.push(...(field ? [make('a', { href: `#limit-${match[0]}` }, ...breakable(match[0]))] : breakable(match[0])),
      field && field.shown !== null && !text.startsWith(' (now ', match.index + match[0].length) ? ` (now ${field.shown})` : '');
    at = match.index + match[0].length;
  }
  return [...parts, ...breakable(text.slice(at))].filter((part) => part !== '');
}

const sentenceCase = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function attention() {
  const items = [];
  for (const queue of snapshot.queues) {
    if (queue.circuit !== 'closed') {
      const since = sinceWhen(`upstream.${queue.queue}.circuit`, (value) => value !== null && value > 0);
      items.push(['Upstream ', named(queue.queue), `: circuit ${CIRCUITS[queue.circuit].slice(2)}`, since === null ? '' : `, since ${clock(since, snapshot.time)}`, '. ',
        ...linked('See the lines of weir.circuit and weir.upstream in the log.')]);
    } else if (queue.rate_permille < 1000) {
      items.push(['Upstream ', named(queue.queue), `: messages are late, and the rates are lowered to ${percent(queue.rate_permille)}. `, ...linked('See backpressure.adaptive_enabled.')]);
    }
  }
  for (const [name, what, key] of [
    ['connection_permille', 'The fullest connection is', 'queue_limits.max_messages'],
    ['tenant_permille', 'The fullest tenant is', 'queue_limits.tenant_max_messages'],
    ['process_permille', 'The gateway is', 'queue_limits.global_max_messages']]) {
    const value = snapshot.row[name] ?? 0;
    if (value >= NEAR_PERMILLE) {
      items.push([`${what} at ${percent(value)} of its limit: `, ...linked(key), ' or that of bytes.']);
    }
  }
  if (snapshot.decision_log === 'stopped') {
    items.push(['The decision log cannot be written: see the gateway\'s log.']);
  }
  if (configurationProblems.length > 0) {
    items.push(['The configuration file is not applied: ', named(configurationProblems[0])]);
  }
  return items;
}

let announcedKey = null;

function showNow() {
  const now = $('now');
  if (snapshot === null || failing) {
    now.className = 'sheet bad';
    $('headline').replaceChildren(...(snapshot === null && received === 0 && !failing
      ? ['Waiting for the gateway']
      : [make('span', { class: 'state' }, 'No data'), ` from the gateway since ${received === 0 ? 'this page was opened' : clock(received)}: it is stopped, or cannot be reached.`]));
    $('advice').replaceChildren(failing ? 'This page tries again by itself. On the machine: weir status.' : '');
    $('also').hidden = true;
    if (failing && announcedKey !== 'failing') {
      announcedKey = 'failing';
      say($('announced'), $('headline').textContent);
    }
    return;
  }
  const [worst, ...others] = snapshot.incidents;
  const items = attention();
  const rejecting = snapshot.incidents.some((each) => each.lately > 0);
  now.className = `sheet ${rejecting || snapshot.queues.some((queue) => queue.circuit === 'open') ? 'bad' : 'good'}`;
  const headline = worst
    ? sentence(worst)
    : [make('span', { class: 'state' }, 'Nothing is rejected.'), ` ${perSecond(rateNow('offered'))} messages/s are offered${items.length > 0 ? '; see below.' : '.'}`];
  replace($('headline'), headline);
  replace($('advice'), worst && worst.advice ? [make('b', {}, 'What to do: '), ...linked(worst.advice), '.'] : []);
  const list = [...others.map((incident) => [...sentence(incident), ' ', ...linked(sentenceCase(incident.advice))]), ...items];
  $('also').hidden = list.length === 0;
  replace($('also'), list.map((item) => make('li', {}, ...item)));
  const [last] = snapshot.ended;
  replace($('earlier'), last
    ? ['Before that: ', `${count(last.messages)} messages`, ...tenantOf(last.tenants, last.messages), ` rejected from ${clock(last.since, snapshot.time)} to ${clock(last.last, snapshot.time)}, reason ${last.reason}`,
      snapshot.ended.length > 1 ? `, and ${snapshot.ended.length - 1} earlier.` : '.']
    : worst ? [] : ['Nothing was rejected since the gateway started.']);
  document.title = `${rejecting ? '✕ rejecting' : '● well'} - Weir`;
  const key = JSON.stringify(snapshot.incidents.map((each) => [each.upstream, each.reason, each.lately > 0]).concat(items.map((item) => item[0])));
  if (key !== announcedKey) {
    announcedKey = key;
    say($('announced'), $('headline').textContent);
  }
}

/** Replaces what is in an element unless it says the same: then a focused link in it stays. */
function replace(element, content) {
  const next = make('div', {}, ...content);
  if (next.textContent === element.textContent && next.children.length === element.children.length) {
    return;
  }
  const focused = element.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  element.replaceChildren(...next.childNodes);
  if (focused !== null) {
    [...element.querySelectorAll('a')].find((link) => link.getAttribute('href') === focused)?.focus({ preventScroll: true });
  }
}

/** A figure of the last sample, a second. */
function rateNow(name) {
  const { time, columns } = history;
  const value = columns.get(name)?.at(-1) ?? 0;
  return time.length < 2 ? value : (value * 1000) / (time.at(-1) - time.at(-2));
}

// Figures.

function showFigures() {
  const row = snapshot.row;
  const rejected = Object.keys(row).filter((name) => name.startsWith('rejected.')).reduce((sum, name) => sum + rateNow(name), 0);
  const figures = [
    ['Offered', `${perSecond(rateNow('offered'))}/s`, ''],
    ['Admitted', `${perSecond(rateNow('admitted'))}/s`, ''],
    ['Rejected', `${perSecond(Math.max(rejected, rateNow('rejected')))}/s`, ''],
    ['Queued', count(row.queued), 'messages'],
    ['In flight', count(row.in_flight), 'messages'],
    ['Queue wait p95', millisOf(row['wait_us.p95']), ''],
    ['Latency p95', millisOf(row['latency_us.p95']), 'at the server'],
    ['Fullest connection', count(row.connection_most), `of ${count(row.connection_limit)} messages`],
    ['Pending bytes', bytes(row.pending_bytes), 'of the process'],
    ['Connections', count(row.connections), `${count(row.tenants)} ${row.tenants === 1 ? 'tenant' : 'tenants'}`],
  ];
  const list = $('figures');
  figures.forEach(([label, value, part], i) => {
    const tile = list.children[i] ?? list.appendChild(make('div', {}, make('dt', {}, label), make('dd'), make('dd', { class: 'part' })));
    say(tile.children[1], value);
    say(tile.children[2], part);
  });
}

// Plots.

const perSecondOf = (name) => (from) => {
  const { time, columns } = history;
  const values = columns.get(name);
  return time.slice(from).map((at, i) => {
    const value = values?.[from + i] ?? null;
    const before = time[from + i - 1];
    return value === null ? null : before === undefined ? value : (value * 1000) / (at - before);
  });
};
const scaled = (name, by) => (from) => history.time.slice(from).map((at, i) => {
  const value = history.columns.get(name)?.[from + i] ?? null;
  return value === null ? null : value / by;
});

/** The reasons that rejected something in the time that is shown, most first, as far as there are lines to tell them apart. */
function reasonSeries(from) {
  return [...history.columns.keys()]
    .filter((name) => name.startsWith('rejected.'))
    .map((name) => [name, history.columns.get(name).slice(from).reduce((sum, value) => sum + (value ?? 0), 0)])
    .filter(([, sum]) => sum > 0)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, DASHES.length)
    .map(([name]) => [name.slice('rejected.'.length), perSecondOf(name)])
    .sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

const PLOTS = [
  { title: 'Load', unit: 'messages/s', format: perSecond, series: () => [['offered', perSecondOf('offered')], ['admitted', perSecondOf('admitted')], ['rejected', perSecondOf('rejected')]] },
  { title: 'Rejected by reason', unit: 'messages/s', format: perSecond, series: reasonSeries, empty: 'Nothing was rejected in this time.' },
  { title: 'Pending against limits', unit: '% of the limit, of messages or bytes, whichever is fuller', format: (value) => `${Math.floor(value)} %`, top: 100,
    series: () => [['fullest connection', scaled('connection_permille', 10)], ['fullest tenant', scaled('tenant_permille', 10)], ['process', scaled('process_permille', 10)]] },
  { title: 'Queued and in flight', unit: 'messages', format: count, series: () => [['queued', scaled('queued', 1)], ['in flight', scaled('in_flight', 1)]] },
  { title: 'Latency', unit: 'ms: the wait in the queue, and the time at the server', format: millis,
    series: () => [['wait p95', scaled('wait_us.p95', 1000)], ['server p50', scaled('latency_us.p50', 1000)], ['server p95', scaled('latency_us.p95', 1000)], ['server p99', scaled('latency_us.p99', 1000)]] },
  { title: 'Upstream', unit: 'messages', format: count, ofUpstream: true,
    series: () => [['in flight', scaled(`upstream.${chosen}.in_flight`, 1)], ['capacity', scaled(`upstream.${chosen}.capacity`, 1)], ['queued', scaled(`upstream.${chosen}.queued`, 1)]] },
];
const SVG = 'http://www.w3.org/2000/svg';
const plots = [];
let chosen = '';
let windowSeconds = 900;

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function legendItem(i, name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 30 10');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', 'M0 5H30');
  line.setAttribute('class', `s${i}`);
  line.setAttribute('stroke-dasharray', DASHES[i].join(' '));
  svg.append(line);
  return make('li', {}, svg, make('span', {}, name), ' ', make('b'));
}

class Plot {
  constructor(definition, index) {
    this.definition = definition;
    this.title = make('h3', { id: `plot-${index}` }, definition.title);
    this.area = make('div', { class: 'area', tabindex: '0', role: 'slider', 'aria-labelledby': `plot-${index}`, 'aria-valuemin': '0', 'aria-valuemax': '0', 'aria-valuenow': '0', 'aria-valuetext': 'no data' });
    this.readout = make('p', { class: 'readout' });
    this.legend = make('ul', { class: 'legend' });
    this.announced = make('p', { class: 'announced', 'aria-live': 'polite' });
    this.figure = make('figure', { class: 'plot' }, this.title, make('p', { class: 'unit' }, definition.unit), this.area, this.readout, this.legend, this.announced);
    this.area.addEventListener('keydown', (event) => this.key(event));
    this.area.addEventListener('blur', () => this.select(null));
    this.selected = null;
    this.names = [];
  }

  /** Makes the plot anew: its lines, its size or the colours have changed. */
  build() {
    this.uplot?.destroy();
    const ink = style('--faint');
    const grid = { stroke: style('--grid'), width: 1 };
    const axis = { stroke: ink, grid, ticks: { ...grid, size: 4 }, font: '12px system-ui, sans-serif' };
    const top = this.definition.top;
    this.width = this.area.clientWidth;
    this.uplot = new uPlot({
      width: this.width,
      height: PLOT_HEIGHT,
      legend: { show: false },
      padding: [14, 20, 0, 0],
      cursor: { sync: { key: 'weir' }, drag: { x: false, y: false, setScale: false }, y: false, points: { show: false } },
      scales: { x: { time: true, range: () => [this.from, this.to] }, y: { range: (u, min, max) => [0, Math.max(top ?? 1, (max ?? 0) * (top ? 1 : 1.08))] } },
      axes: [
        { ...axis, size: 26, space: 70, values: (u, splits) => splits.map((s) => (windowSeconds > 600 ? clock(s * 1000, s * 1000).slice(0, 5) : clock(s * 1000, s * 1000))) },
        { ...axis, size: 52, values: (u, splits) => splits.map((value) => (value >= 100_000 ? `${count(value / 1000)}k` : value.toLocaleString('en-US'))) },
      ],
      series: [{}, ...this.names.map((name, i) => ({ label: name, stroke: style(`--s${i}`), width: 1.75, dash: DASHES[i], points: { show: false }, spanGaps: false }))],
      hooks: { draw: [(u) => this.drawMarks(u)], setCursor: [() => this.showValues()] },
    }, this.data, this.area);
    this.legend.replaceChildren(...this.names.map((name, i) => legendItem(i, name)));
    if (this.names.length === 0) {
      this.legend.append(make('li', {}, this.definition.empty ?? 'no data'));
    }
  }

  drawMarks(u) {
    const ratio = globalThis.devicePixelRatio || 1;
    const { ctx, bbox } = u;
    ctx.save();
    ctx.strokeStyle = style('--mark');
    ctx.fillStyle = style('--mark');
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = 'center';
    const groups = [];
    history.marks.forEach((mark, i) => {
      const x = u.valToPos(mark.time / 1000, 'x', true);
      if (x >= bbox.left && x <= bbox.left + bbox.width) {
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
        const group = groups.at(-1);
        if (group && x - group.to < MARK_WIDTH * ratio) {
          Object.assign(group, { to: x, last: i + 1 });
        } else {
          groups.push({ from: x, to: x, first: i + 1, last: i + 1 });
        }
      }
    });
    // Numbers that would overlap are one text.
    groups.forEach(({ from, to, first, last }) => ctx.fillText(first === last ? String(first) : `${first}-${last}`, (from + to) / 2, bbox.top - 3 * ratio));
    ctx.restore();
  }

  update(from, fromTime, toTime) {
    const series = this.definition.series(from);
    this.from = fromTime / 1000;
    this.to = toTime / 1000;
    this.data = [history.time.slice(from).map((at) => at / 1000), ...series.map(([, values]) => values(from))];
    const names = series.map(([name]) => name);
    if (this.definition.ofUpstream) {
      say(this.title, `Upstream ${visible(chosen)}`);
    }
    if (!this.uplot || this.width !== this.area.clientWidth || JSON.stringify(names) !== JSON.stringify(this.names)) {
      this.names = names;
      this.build();
    } else {
      this.uplot.setData(this.data);
    }
    this.area.setAttribute('aria-valuemax', String(Math.max(0, this.data[0].length - 1)));
    if (this.selected === null) {
      this.area.setAttribute('aria-valuenow', String(Math.max(0, this.data[0].length - 1)));
      this.area.setAttribute('aria-valuetext', this.text(this.data[0].length - 1));
    } else {
      this.moveCursor();
    }
    this.showValues();
  }

  valueAt(i, at) {
    const value = this.data[i + 1]?.[at];
    return value === null || value === undefined ? 'no data' : this.definition.format(value);
  }

  text(at) {
    return this.data[0][at] === undefined ? 'no data' : `${clock(this.data[0][at] * 1000)}: ${this.names.map((name, i) => `${name} ${this.valueAt(i, at)}`).join('; ')}`;
  }

  /** The values under the cursor, or the last ones. */
  showValues() {
    const pointed = this.uplot?.cursor.idx ?? null;
    const at = pointed ?? this.data[0].length - 1;
    say(this.readout, this.data[0][at] === undefined ? '' : `${pointed === null ? 'now' : 'at'} ${clock(this.data[0][at] * 1000)}`);
    this.names.forEach((name, i) => {
      const shown = this.legend.children[i]?.querySelector('b');
      if (shown) {
        say(shown, this.valueAt(i, at));
      }
    });
  }

  key(event) {
    const last = this.data[0].length - 1;
    const step = Math.max(1, Math.round((last + 1) / STEPS));
    const now = this.selected === null ? last : this.index();
    const to = {
      ArrowLeft: now - step, ArrowDown: now - step, ArrowRight: now + step, ArrowUp: now + step,
      PageDown: now - 10 * step, PageUp: now + 10 * step, Home: 0, End: last,
    }[event.key];
    if (event.key === 'Escape') {
      this.select(null);
    } else if (to !== undefined && last >= 0) {
      event.preventDefault();
      this.select(Math.max(0, Math.min(last, to)));
    }
  }

  index() {
    const at = this.data[0].findIndex((time) => time >= this.selected);
    return at < 0 ? this.data[0].length - 1 : at;
  }

  select(at) {
    this.selected = at === null ? null : this.data[0][at];
    if (at === null) {
      this.uplot?.setCursor({ left: -10, top: -10 });
      this.showValues();
      say(this.announced, '');
      return;
    }
    this.moveCursor();
    this.area.setAttribute('aria-valuenow', String(at));
    this.area.setAttribute('aria-valuetext', this.text(at));
    say(this.announced, this.text(at));
  }

  moveCursor() {
    this.uplot.setCursor({ left: this.uplot.valToPos(this.data[0][this.index()], 'x'), top: 10 });
    this.showValues();
  }
}

function showPlots() {
  if (document.hidden || history.time.length === 0) {
    return;
  }
  const to = history.time.at(-1);
  const start = to - windowSeconds * 1000;
  let from = history.time.findIndex((time) => time >= start);
  from = from < 0 ? 0 : from;
  plots.forEach((plot) => plot.update(from, start, to));
  const marks = history.marks.map((mark) => `${clock(mark.time, to)} ${mark.text}`);
  const list = $('marks');
  if (list.children.length !== marks.length || [...list.children].some((item, i) => item.textContent !== marks[i])) {
    list.replaceChildren(...marks.map((text) => make('li', {}, ...breakable(text))));
  }
  $('marks-title').hidden = marks.length === 0;
}

function showUpstreamChoice() {
  const names = snapshot.queues.map((queue) => queue.queue).filter((name) => history.columns.has(`upstream.${name}.capacity`));
  const select = $('upstream');
  if (JSON.stringify(names) !== select.dataset.names) {
    select.dataset.names = JSON.stringify(names);
    select.replaceChildren(...names.map((name, i) => make('option', { value: String(i) }, visible(name))));
    chosen = names.includes(chosen) ? chosen : names[0] ?? '';
    select.value = String(names.indexOf(chosen));
  }
  $('upstream-choice').hidden = names.length < 2;
}

// Tables.

function fill(permille) {
  const bar = make('i');
  bar.style.width = `${Math.min(100, permille / 10)}%`;
  return make('span', { class: 'fill' }, bar, make('span', {}, percent(permille)));
}

/** Fills a table; a cell is text, an element, or {text, bad}. Cells that are the same stay. */
function table(id, captionText, heads, rows) {
  const element = $(id);
  if (!element.tHead) {
    element.append(make('caption'), make('thead', {}, make('tr', {}, ...heads.map(([head, words]) => make('th', { scope: 'col', ...(words ? { class: 'words' } : {}) }, head)))), make('tbody'));
  }
  say(element.caption, captionText);
  const body = element.tBodies[0];
  while (body.rows.length > rows.length) {
    body.deleteRow(-1);
  }
  rows.forEach((cells, r) => {
    const row = body.rows[r] ?? body.appendChild(make('tr', {}, make('th', { scope: 'row' }), ...heads.slice(1).map(([, words]) => make('td', words ? { class: 'words' } : {}))));
    cells.forEach((cell, c) => {
      const at = row.cells[c];
      const content = cell instanceof Node ? cell : document.createTextNode(cell.text ?? cell);
      if (at.textContent !== content.textContent || (cell instanceof Element && at.firstElementChild === null)) {
        at.replaceChildren(content);
      }
      at.classList.toggle('bad', Boolean(cell.bad));
    });
  });
  showWidth(element.parentElement);
}

/** Says of a table that is wider than its box that it scrolls, and shades the edges behind which there is more. */
function showWidth(box) {
  const hidden = box.scrollWidth - box.clientWidth;
  box.previousElementSibling.hidden = hidden <= 1;
  box.classList.toggle('wide', hidden > 1);
  box.classList.toggle('more-left', box.scrollLeft > 1);
  box.classList.toggle('more-right', box.scrollLeft < hidden - 1);
}

const rejectedCell = (n) => (n === undefined ? '-' : { text: n > 0 ? `✕ ${count(n)}` : '0', bad: n > 0 });

function showTables() {
  const { tenants, connections, queues } = snapshot;
  table('tenant-table', `${tenants.length} of ${count(snapshot.tenants_known)}: most rejected first, then the fullest`,
    [['tenant'], ['rejected/s'], ['rejected so far'], ['offered/s'], ['pending'], ['bytes'], ['of its limit'], ['connections']],
    tenants.map((each) => [named(each.tenant), rejectedCell(each.rejected_per_sec), count(each.rejected), each.offered_per_sec === undefined ? '-' : count(each.offered_per_sec),
      count(each.messages), bytes(each.bytes), each.permille === undefined ? 'not limited' : fill(each.permille), count(each.connections)]));
  table('connection-table', `${connections.length} of ${count(snapshot.connections_known)}: most pending messages first`,
    [['connection'], ['tenant', true], ['rejected/s'], ['rejected so far'], ['pending'], ['bytes'], ['of its limit']],
    connections.map((each) => [named(each.connection), named(each.tenant), rejectedCell(each.rejected_per_sec), count(each.rejected), count(each.messages), bytes(each.bytes), fill(each.permille)]));
  table('upstream-table', 'Each queue: of an upstream, or of a tool or method with a capacity of its own',
    [['queue'], ['circuit', true], ['in flight'], ['capacity'], ['given up, slots held'], ['queued'], ['estimated wait'], ['adaptive rate']],
    queues.map((each) => [named(each.queue), { text: CIRCUITS[each.circuit] ?? each.circuit, bad: each.circuit !== 'closed' }, count(each.in_flight), count(each.capacity), count(each.abandoned),
      count(each.queued), `${count(each.wait_ms)} ms`, percent(each.rate_permille)]));
}

// Limits.

const fields = new Map();
let configurationProblems = [];
let file = '';
let waitingFor = null;

/** Where a value was set: a place, or the time of a change. */
const placeOf = ({ from, at }) => (from === 'patch' ? `at ${clock(Date.parse(at))}` : visible(at));

class Field {
  constructor({ section, key, valid, documentation, follows }) {
    this.path = `${section}.${key}`;
    this.section = section;
    this.key = key;
    this.shown = null;
    this.takeBack = false;
    const id = `limit-${this.path}`;
    this.input = valid === 'true or false'
      ? make('select', {}, make('option', { value: 'true' }, 'true'), make('option', { value: 'false' }, 'false'))
      : make('input', { type: 'text', spellcheck: 'false', autocomplete: 'off' });
    this.input.id = id;
    this.input.setAttribute('aria-describedby', `${id}-source ${id}-hint ${id}-error`);
    this.source = make('p', { class: 'note', id: `${id}-source` });
    this.error = make('p', { class: 'error', id: `${id}-error` });
    this.back = make('button', { type: 'button', hidden: '' }, 'Take back');
    const hint = `${sentenceCase(documentation.replaceAll('`', ''))}. ${sentenceCase(valid)}${follows ? `; follows ${follows} unless it is set` : ''}.`;
    this.element = make('div', { class: 'field' }, make('label', { for: id }, make('span', { class: 'key' }, ...breakable(this.path))),
      make('div', { class: 'row' }, this.input, this.back), this.error, this.source, make('p', { class: 'note', id: `${id}-hint` }, ...breakable(hint)));
    this.input.addEventListener('input', () => this.edited(false));
    this.back.addEventListener('click', () => {
      this.input.value = this.shown;
      this.edited(!this.takeBack);
    });
  }

  edited(takeBack) {
    this.takeBack = takeBack;
    this.fail('');
    showChanges();
  }

  get changed() {
    return this.takeBack || this.input.value.trim() !== this.shown;
  }

  fail(text) {
    say(this.error, text);
    if (text) {
      this.input.setAttribute('aria-invalid', 'true');
    } else {
      this.input.removeAttribute('aria-invalid');
    }
  }

  show(value, source) {
    const untouched = this.shown === null || !this.changed;
    this.shown = String(value);
    if (untouched) {
      this.input.value = this.shown;
    }
    const where = { default: 'default', profile: 'of the profile', file: 'of the file', patch: 'changed while running', option: 'of the command line' }[source?.from] ?? source?.from ?? '';
    say(this.source, `Now ${this.shown}${where ? `, ${where}` : ''}${source?.at ? ` (${placeOf(source)})` : ''}`);
    this.back.hidden = source?.from !== 'patch';
    this.back.setAttribute('aria-label', `Take back the change of ${this.path}`);
  }

  discard() {
    this.takeBack = false;
    this.input.value = this.shown;
    this.fail('');
  }

  get text() {
    return this.takeBack ? `${this.path} taken back` : `${this.path} ${this.shown} to ${visible(this.input.value.trim())}`;
  }
}

const changed = () => [...fields.values()].filter((field) => field.shown !== null && field.changed);

function showChanges() {
  const changes = changed();
  fields.forEach((field) => field.element.classList.toggle('changed', field.shown !== null && field.changed));
  say($('pending-changes'), changes.map((field) => field.text).join(', '));
  $('apply').disabled = changes.length === 0;
  $('preview').disabled = changes.length === 0;
  $('discard').disabled = changes.length === 0;
}

async function loadKeys() {
  const { keys } = await (await fetch('/assets/keys.json')).json();
  const made = keys.map((key) => new Field(key));
  made.forEach((field) => fields.set(field.path, field));
  $('main-limits').append(...MAIN.map((path) => fields.get(path)?.element).filter(Boolean));
  $('more-limits').append(...made.filter((field) => !MAIN.includes(field.path)).map((field) => field.element));
}

function showLimits(limits) {
  fields.forEach((field) => field.show(limits[field.section][field.key], limits.sources?.[field.path]));
  file = limits.configuration?.file ?? '';
  configurationProblems = limits.configuration?.problems ?? [];
  $('persist-part').hidden = file === '';
  say($('persist-file'), visible(file));
  say($('limits-state'), `Profile ${limits.profile}.${limits.sources ? '' : ' Nothing can be changed here: the gateway was started without that.'}`);
  showChanges();
}

async function loadLimits() {
  showLimits(await (await fetch('/limits')).json());
}

function askForToken(problem, action) {
  waitingFor = action;
  $('token-part').hidden = false;
  say($('token-error'), problem);
  $('token').focus();
}

/** Problems go to the field that they name; others below the form. */
function showProblems(problems) {
  const others = [];
  let first = null;
  problems.forEach((problem) => {
    const field = [...fields.values()].find((each) => problem.startsWith(`${each.path}:`));
    if (field) {
      field.fail(sentenceCase(problem.slice(field.path.length + 1).trim()));
      first ??= field;
    } else {
      others.push(problem);
    }
  });
  say($('limits-error'), others.map(visibleLine).join(' '));
  if (first) {
    reveal(first);
  }
}

const visibleLine = (text) => (text.length <= MAX_NAME ? visible(text) : text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' '));

function reveal(field) {
  if ($('more-limits').contains(field.element)) {
    $('more').open = true;
  }
  field.input.focus();
}

function body(changes, persist) {
  const sections = {};
  changes.forEach((field) => {
    (sections[field.section] ??= {})[field.key] = field.takeBack ? null : field.input.value.trim();
  });
  return JSON.stringify(persist ? { ...sections, persist: true } : sections);
}

/** Sends changes; the answer if it is there, null if something is to be mended first. */
async function send(method, path, action, text) {
  say($('limits-error'), '');
  say($('limits-status'), '');
  fields.forEach((field) => field.fail(''));
  const typed = $('token').value.trim();
  const token = typed || sessionStorage.getItem('weir-admin-token') || '';
  if (!/^[\x21-\x7e]+$/.test(token)) {
    askForToken(token === '' ? '' : 'This is no token: it has characters that no token has.', action);
    return null;
  }
  let answer;
  try {
    answer = await fetch(path, { method, headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: text });
  } catch {
    say($('limits-error'), 'The gateway cannot be reached.');
    return null;
  }
  const result = await answer.json().catch(() => ({}));
  if (answer.status === 401) {
    sessionStorage.removeItem('weir-admin-token');
    $('token').value = '';
    askForToken('The gateway does not accept this token.', action);
    return null;
  }
  sessionStorage.setItem('weir-admin-token', token);
  $('token').value = '';
  $('token-part').hidden = true;
  say($('token-error'), '');
  waitingFor = null;
  if (!answer.ok) {
    if (result.problems) {
      showProblems(result.problems);
    } else {
      say($('limits-error'), sentenceCase(result.error ?? `The gateway answers ${answer.status}.`));
    }
    return null;
  }
  return result;
}

async function busy(button, text, work) {
  const label = button.textContent;
  button.disabled = true;
  say(button, text);
  try {
    await work();
  } finally {
    say(button, label);
    showChanges();
  }
}

const apply = () => busy($('apply'), 'Applying', async () => {
  const changes = changed();
  const text = changes.map((field) => field.text).join(', ');
  const answer = changes.length === 0 ? null : await send('PATCH', '/limits', apply, body(changes, $('persist').checked && file !== ''));
  if (answer !== null) {
    changes.forEach((field) => {
      field.takeBack = false;
      field.shown = null;
    });
    $('preview-result').replaceChildren();
    showLimits(answer);
    $('limits-status').replaceChildren(...breakable(`Applied: ${text}. `), make('a', { href: '#plots' }, 'The plots have a mark there.'));
  }
});

const preview = () => busy($('preview'), 'Replaying', async () => {
  const changes = changed();
  const text = changes.map((field) => field.text).join(', ');
  const answer = changes.length === 0 ? null : await send('POST', '/preview', preview, body(changes, false));
  if (answer !== null) {
    const rows = answer.rows.map((row) => make('tr', {}, make('th', { scope: 'row' }, named(row.label)), make('td', {}, row.logged), make('td', {}, row.predicted)));
    $('preview-result').replaceChildren(
      make('h3', {}, 'Preview'),
      make('p', { class: 'note' }, ...breakable(`The last ${lasting(answer.duration_ms)} of the decision log, and a replay of them with ${text}. Nothing has changed yet.`)),
      make('table', {}, make('thead', {}, make('tr', {}, make('th', { scope: 'col' }, 'messages'), make('th', { scope: 'col' }, 'as it was'), make('th', { scope: 'col' }, 'with the change'))), make('tbody', {}, ...rows)),
      make('ul', { class: 'note' }, ...answer.remarks.map((remark) => make('li', {}, visibleLine(remark)))));
    $('preview-result').focus();
  }
});

function showPreviewNote() {
  $('preview').hidden = !snapshot.preview;
  say($('preview-note'), snapshot.preview
    ? 'A preview replays what was offered lately with the changed limits. It takes up to 10 seconds, and changes nothing.'
    : 'For a preview of a change, which replays what was offered lately, start the gateway with --decision-log FILE.');
}

// Running.

function show() {
  showNow();
  if (snapshot !== null) {
    showFigures();
    showUpstreamChoice();
    showPlots();
    showTables();
    showPreviewNote();
  }
}

let loading = false;

async function receive(data) {
  const next = JSON.parse(data);
  const last = history.time.at(-1);
  if (!loading && (last === undefined || next.time - last > 2500)) {
    loading = true;
    try {
      await loadHistory();
    } finally {
      loading = false;
    }
  }
  const marks = history.marks.length === 0 ? 0 : history.marks.at(-1).time;
  snapshot = next;
  received = Date.now();
  failing = false;
  append(next.time, next.row);
  history.marks = next.marks;
  say($('clock'), `at ${clock(next.time)}`);
  if (history.marks.length > 0 && history.marks.at(-1).time !== marks) {
    loadLimits().catch(() => {});
  }
  show();
}

function connect() {
  const events = new EventSource('/events');
  events.onmessage = (event) => receive(event.data).catch(() => {});
  events.onerror = () => {
    if (events.readyState === EventSource.CLOSED) {
      setTimeout(connect, 3000);
    }
  };
}

function goTo(hash) {
  const field = hash.startsWith('#limit-') ? fields.get(decodeURIComponent(hash.slice('#limit-'.length))) : undefined;
  if (field) {
    reveal(field);
  }
}

PLOTS.forEach((definition, i) => plots.push(new Plot(definition, i)));
$('plot-list').append(...plots.map((plot) => plot.figure));
const dark = matchMedia('(prefers-color-scheme: dark)');
dark.addEventListener('change', () => plots.forEach((plot) => plot.uplot && plot.build()));
const boxes = [...document.querySelectorAll('.scroll')];
boxes.forEach((box) => box.addEventListener('scroll', () => showWidth(box), { passive: true }));
addEventListener('resize', () => {
  showPlots();
  boxes.forEach(showWidth);
});
document.addEventListener('visibilitychange', () => snapshot !== null && show());
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href^="#limit-"]') : null;
  if (link) {
    event.preventDefault();
    goTo(link.getAttribute('href'));
  }
});
$('window').addEventListener('change', (event) => {
  windowSeconds = Number(event.target.value);
  showPlots();
});
$('upstream').addEventListener('change', (event) => {
  chosen = JSON.parse(event.target.dataset.names)[Number(event.target.value)];
  showPlots();
});
$('limits-form').addEventListener('submit', (event) => {
  event.preventDefault();
  apply();
});
$('token').addEventListener('keydown', (event) => {
  if (event.key === 'Enter') {
    event.preventDefault();
    (waitingFor ?? apply)();
  }
});
$('preview').addEventListener('click', preview);
$('discard').addEventListener('click', () => {
  fields.forEach((field) => field.discard());
  say($('limits-error'), '');
  $('preview-result').replaceChildren();
  showChanges();
});
setInterval(() => {
  const late = Date.now() - (received || started) > STALE_MILLIS;
  if (late !== failing) {
    failing = late;
    showNow();
  }
}, 1000);
setInterval(() => loadLimits().catch(() => {}), LIMITS_MILLIS);

const started = Date.now();
await loadKeys().catch(() => {});
await loadLimits().catch(() => {});
goTo(location.hash);
connect();

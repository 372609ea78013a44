'use strict';

// Shows the snapshots that the server streams. What comes from there becomes text, never markup.

const SILENCE_MS = 3000;      // A stream that says nothing for so long is dead, or its server hangs.
const RETRY_MS = 1000;
const HISTORY_MS = 60000;
const RATE_MS = 5000;
const SVG = 'http://www.w3.org/2000/svg';

const byId = (id) => document.getElementById(id);

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

function drawing(tag, attributes, ...content) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

function setClass(node, name) {
  if (node.className !== name) node.className = name;
}

// figures

const whole = new Intl.NumberFormat('en');
const tenths = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const count = (number) => whole.format(number);
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

function perSecond(rate) {
  if (rate === null) return '–';
  const size = Math.abs(rate);
  return (size >= 100 ? whole.format(Math.round(rate)) : tenths.format(rate)).replace('-0', '0').replace('-', '−') + '/s';
}

function bytes(number) {
  const units = ['B', 'KB', 'MB', 'GB'];
  let unit = 0;
  while (number >= 1024 && unit < units.length - 1) {
    number /= 1024;
    unit++;
  }
  return tenths.format(number) + ' ' + units[unit];
}

function percent(part, all) {
  return all > 0 ? tenths.format(100 * part / all) + ' %' : '–';
}

function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 1) return '< 1 s';
  const parts = [[Math.floor(seconds / 86400), ' d'], [Math.floor(seconds / 3600) % 24, ' h'], [Math.floor(seconds / 60) % 60, ' m'], [seconds % 60, ' s']];
  const first = parts.findIndex(([number]) => number > 0);
  return parts.slice(first, first + 2).filter(([number]) => number > 0).map((part) => part.join('')).join(' ');
}

// What a figure was in the last minute, since this page looks.
class History {
  constructor() {
    this.points = [];
  }

  add(time, value) {
    const last = this.points.at(-1);
    if (last && time <= last.time) {
      if (time > last.time - RATE_MS) return;
      this.points = []; // The clock of another host.
    }
    this.points.push({ time, value });
    while (this.points[0].time < time - HISTORY_MS) this.points.shift();
  }

  // Since some seconds ago, or null if that isn't known.
  rate() {
    const last = this.points.at(-1);
    const first = this.points.find((point) => point.time >= last.time - RATE_MS);
    return last === first ? null : History.between(first, last);
  }

  static between(first, last) {
    return Number(last.value - first.value) * 1000 / (last.time - first.time);
  }

  rates() {
    return this.points.slice(1).map((point, i) => ({ time: point.time, rate: History.between(this.points[i], point) }));
  }
}

const histories = new Map();

function history(key, time, value) {
  let known = histories.get(key);
  if (!known) histories.set(key, known = new History());
  known.add(time, value);
  return known;
}

function forgetOld(time) {
  for (const [key, known] of histories) {
    if (known.points.at(-1).time < time - HISTORY_MS) histories.delete(key);
  }
}

// cells: each makes what it shows once, and changes it later

const text = (say, className) => ({
  make: () => document.createTextNode(''),
  show: (node, row) => {
    const said = say(row);
    if (node.data !== said) node.data = said;
    if (className) setClass(node.parentNode, node.parentNode.dataset.base + ' ' + className(row));
  },
});

const marked = (say, badges) => ({
  make: () => element('span', 'marked', element('span'), element('span')),
  show: (node, row) => {
    setText(node.firstChild, say(row));
    const wanted = badges(row).filter(Boolean);
    const key = wanted.map(([label, tone]) => tone + ':' + label).join(' ');
    if (node.dataset.badges !== key) {
      node.dataset.badges = key;
      node.lastChild.replaceChildren(...wanted.map(([label, tone]) => element('span', 'badge ' + tone, label)));
    }
  },
});

const sign = (say) => ({
  make: () => element('span', 'sign'),
  show: (node, row) => {
    const [label, tone] = say(row);
    setText(node, label);
    setClass(node, 'sign ' + tone);
  },
});

const gauge = (share, say, tone = () => '') => ({
  make: () => element('span', 'gauge',
    drawing('svg', { viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      drawing('rect', { class: 'track', width: 100, height: 10, rx: 3 }),
      drawing('rect', { class: 'fill', width: 0, height: 10, rx: 3 })),
    element('span')),
  show: (node, row) => {
    setAttribute(node.querySelector('.fill'), 'width', String(Math.max(0, Math.min(100, 100 * share(row)))));
    setText(node.lastChild, say(row));
    setClass(node, 'gauge ' + tone(row));
  },
});

const chart = (label) => ({
  make: () => drawing('svg', { class: 'chart', viewBox: '0 0 120 24', preserveAspectRatio: 'none', role: 'img' },
    drawing('path', { class: 'area' }), drawing('path', { class: 'zero' }), drawing('path', { class: 'curve' })),
  show: (node, row) => {
    const rates = row.history.rates();
    const high = Math.max(0, ...rates.map((point) => point.rate));
    const low = Math.min(0, ...rates.map((point) => point.rate));
    const height = (rate) => (high === low ? 23 : 23 - 22 * (rate - low) / (high - low)).toFixed(2);
    const now = rates.length ? rates.at(-1).time : 0;
    const at = (time) => (120 - 120 * (now - time) / HISTORY_MS).toFixed(2);
    const line = rates.map((point) => at(point.time) + ',' + height(point.rate)).join('L');
    const zero = height(0);
    const [area, axis, curve] = node.children;
    setAttribute(axis, 'd', 'M0,' + zero + 'H120');
    setAttribute(curve, 'd', rates.length > 1 ? 'M' + line : '');
    setAttribute(area, 'd', rates.length > 1 ? 'M' + at(rates[0].time) + ',' + zero + 'L' + line + 'L120,' + zero + 'Z' : '');
    setAttribute(node, 'aria-label', label + ' in the last minute: now ' + perSecond(row.history.rate())
      + ', at most ' + perSecond(rates.length ? high : null));
  },
});

// sections

const WARN_SHARE = 0.75;
const fullness = (row) => (row.bytes / row.capacity >= 0.95 ? 'bad' : row.bytes / row.capacity >= WARN_SHARE ? 'warn' : '');
const byName = (row) => row.name;

const SIGNS = { alive: ['Alive', 'good'], hung: ['Hung', 'warn'], dead: ['Dead', 'bad'] };

function ownerOf(lock) {
  if (!lock.held) return 'free';
  const who = lock.member === null ? 'a member whose place is taken' : 'member ' + lock.member + ' · pid ' + lock.pid;
  return who + ' · ' + lock.thread;
}

const SECTIONS = [
  {
    id: 'members', title: 'Members', wide: true,
    rows: (state) => state.members.map((row) => ({ ...row, name: String(row.ordinal), self: state.self, now: state.time })),
    note: (state) => state.members.filter((row) => row.sign !== 'dead').length + ' of at most ' + state.capacity,
    key: (row) => row.ordinal + ' ' + row.pid,
    faded: (row) => row.sign === 'dead',
    always: true,
    columns: [
      { title: 'Member', ...marked((row) => String(row.ordinal), (row) => [row.ordinal === row.self && row.sign !== 'dead' && ['answers here', 'accent']]) },
      { title: 'Life sign', ...sign((row) => SIGNS[row.sign]) },
      { title: 'Last seen', number: true, ...text((row) => row.sign === 'dead' ? '–' : row.silence < 1500 ? 'now' : span(row.silence) + ' ago', (row) => row.sign === 'hung' ? 'warn' : '') },
      { title: 'Process', number: true, ...text((row) => String(row.pid)) },
      { title: 'Address', wide: true, ...text((row) => row.address ?? '–') },
      { title: 'Version', ...text((row) => row.version ?? '–') },
      { title: 'Attached for', number: true, ...text((row) => row.sign === 'dead' ? '–' : span(row.now - row.started)) },
    ],
  },
  {
    id: 'locks', title: 'Locks', side: 0, rows: (state) => state.locks, more: ['lock'],
    columns: [
      {
        title: 'Lock', ...marked(byName, (row) => [
          row.old && ['held for long', 'warn'],
          row.held && !row.alive && ['holder dead', 'bad'],
          row.abandoned && ['abandoned', 'bad'],
        ]),
      },
      { title: 'Owner', wide: true, ...text(ownerOf, (row) => row.held ? '' : 'quiet') },
      { title: 'Held for', number: true, ...text((row) => row.held ? span(row.age) : '–', (row) => row.old ? 'warn' : '') },
      { title: 'Waiting', number: true, ...text((row) => count(row.waiters)) },
      { title: 'Acquired', number: true, ...text((row) => count(row.acquisitions)) },
    ],
  },
  {
    id: 'queues', title: 'Queues', side: 0, rows: (state) => state.queues, more: ['queue'],
    note: (state) => state.queuesAge < 3500 ? 'looked at every 2 s' : 'as of ' + span(state.queuesAge) + ' ago: large ones are looked at seldom',
    columns: [
      { title: 'Queue', ...marked(byName, (row) => [row.deadLetters > 0 && ['dead letters', 'bad']]) },
      { title: 'Waiting', number: true, ...text((row) => count(row.depth)) },
      { title: 'In work', number: true, ...text((row) => count(row.inWork)) },
      { title: 'Oldest', number: true, ...text((row) => row.depth + row.inWork > 0 ? span(row.oldest) : '–') },
      { title: 'Dead letters', number: true, ...text((row) => count(row.deadLetters), (row) => row.deadLetters > 0 ? 'bad' : '') },
      { title: 'Redelivered', number: true, ...text((row) => count(row.redelivered)) },
      { title: 'Fill', number: true, ...gauge((row) => row.bytes / row.capacity, (row) => percent(row.bytes, row.capacity), fullness) },
    ],
  },
  {
    id: 'semaphores', title: 'Semaphores', side: 0, rows: (state) => state.semaphores, more: ['semaphore'],
    columns: [
      { title: 'Semaphore', ...text(byName) },
      { title: 'Holders', wide: true, ...text((row) => row.holders.length ? row.holders.map(([ordinal, permits]) => 'member ' + ordinal + ': ' + permits).join(', ') : 'nobody', (row) => row.holders.length ? '' : 'quiet') },
      { title: 'Waiting', number: true, ...text((row) => count(row.waiters)) },
      { title: 'In use', number: true, ...gauge((row) => row.inUse / row.permits, (row) => row.inUse + ' of ' + row.permits, (row) => row.waiters > 0 ? 'warn' : '') },
    ],
  },
  {
    id: 'limiters', title: 'Rate limiters', side: 0, rows: (state) => state.limiters,
    columns: [
      { title: 'Rate limiter', ...text(byName) },
      { title: 'Limit', wide: true, ...text((row) => count(row.permits) + ' in ' + span(row.per) + (row.keys === undefined ? '' : ' for each key')) },
      { title: 'Keys', number: true, ...text((row) => row.keys === undefined ? '–' : count(row.keys)) },
      { title: 'Forgotten', number: true, ...text((row) => row.keys === undefined ? '–' : count(row.forgotten)) },
      { title: 'Available', number: true, ...text((row) => row.keys === undefined ? count(row.available) + ' of ' + count(row.burst) : '–') },
    ],
  },
  {
    id: 'counters', title: 'Counters', side: 1, more: ['counter', 'adder'],
    rows: (state) => [...state.counters.map((row) => ({ ...row, kind: 'counter' })), ...state.adders.map((row) => ({ ...row, kind: 'adder' }))]
      .map((row) => ({ ...row, history: history(row.kind + ' ' + row.name, state.time, BigInt(row.value)) })),
    key: (row) => row.kind + ' ' + row.name,
    columns: [
      { title: 'Counter', ...marked(byName, (row) => [row.kind === 'adder' && ['adder', '']]) },
      { title: 'Value', number: true, ...text((row) => count(BigInt(row.value))) },
      { title: 'Rate', number: true, ...text((row) => perSecond(row.history.rate()), (row) => row.history.rate() ? '' : 'quiet') },
      { title: 'Last minute', number: true, ...chart('Rate') },
    ],
  },
  {
    id: 'maps', title: 'Maps', side: 1, more: ['map'],
    rows: (state) => state.maps.map((row) => ({ ...row, history: history('map ' + row.name, state.time, row.hits + row.misses) })),
    columns: [
      { title: 'Map', ...text(byName) },
      { title: 'Entries', number: true, ...text((row) => count(row.entries)) },
      { title: 'Reads', number: true, ...text((row) => perSecond(row.history.rate()), (row) => row.history.rate() ? '' : 'quiet') },
      { title: 'Hit rate', number: true, ...text((row) => percent(row.hits, row.hits + row.misses)) },
      { title: 'Evicted', number: true, ...text((row) => row.bounded ? count(row.evictions) : '–') },
      { title: 'Expired', number: true, ...text((row) => count(row.expirations)) },
      { title: 'Fill', number: true, ...gauge((row) => row.bounded ? row.bytes / row.capacity : 0, (row) => percent(row.bytes, row.capacity), fullness) },
    ],
  },
  {
    id: 'topics', title: 'Topics', side: 1, more: ['topic'],
    rows: (state) => state.topics.map((row) => ({ ...row, history: history('topic ' + row.name, state.time, row.published) })),
    columns: [
      { title: 'Topic', ...text(byName) },
      { title: 'Published', number: true, ...text((row) => count(row.published)) },
      { title: 'Subscriptions', number: true, ...text((row) => count(row.subscriptions)) },
      { title: 'Missed', number: true, ...text((row) => count(row.missed), (row) => row.missed > 0 ? 'warn' : '') },
      { title: 'Rate', number: true, ...text((row) => perSecond(row.history.rate()), (row) => row.history.rate() ? '' : 'quiet') },
      { title: 'Last minute', number: true, ...chart('Messages') },
    ],
  },
];

class Section {
  constructor(kind) {
    this.kind = kind;
    this.rows = new Map();
    this.count = element('span');
    this.link = element('a', '', kind.title, this.count);
    this.link.href = '#' + kind.id;
    this.note = element('p', 'note');
    this.body = document.createElement('tbody');
    this.body.setAttribute('role', 'rowgroup');
    const head = element('tr', '', ...kind.columns.map((column) => {
      const cell = element('th', column.number ? 'number' : '', column.title);
      cell.scope = 'col';
      cell.setAttribute('role', 'columnheader');
      return cell;
    }));
    head.setAttribute('role', 'row');
    const heads = element('thead', '', head);
    heads.setAttribute('role', 'rowgroup');
    const heading = element('h2', '', kind.title);
    heading.id = kind.id + '-title';
    this.table = element('table', '', heads, this.body);
    this.table.setAttribute('role', 'table');
    this.table.setAttribute('aria-labelledby', heading.id);
    this.node = element('section', '', element('div', 'heading', heading, this.note), this.table);
    this.node.id = kind.id;
  }

  show(state, filter) {
    const rows = this.kind.rows(state);
    const key = this.kind.key ?? byName;
    const left = new Set(this.rows.keys());
    let previous = null;
    let hidden = 0;
    for (const row of rows) {
      const known = this.row(key(row));
      left.delete(key(row));
      const next = previous ? previous.nextSibling : this.body.firstChild;
      if (known.node !== next) this.body.insertBefore(known.node, next);
      previous = known.node;
      known.cells.forEach(([column, content]) => column.show(content, row));
      known.node.className = this.kind.faded?.(row) ? 'faded' : '';
      known.node.hidden = !row.name.toLowerCase().includes(filter) && !this.kind.always;
      if (known.node.hidden) hidden++;
    }
    for (const gone of left) {
      this.rows.get(gone).node.remove();
      this.rows.delete(gone);
    }
    const more = (this.kind.more ?? []).reduce((sum, label) => sum + (state.more[label] ?? 0), 0);
    setText(this.count, String(rows.length + more));
    setText(this.note, [
      this.kind.note?.(state),
      hidden > 0 && hidden + ' don’t match the filter',
      more > 0 && count(more) + ' more aren’t shown: sharedstate.console.max-names',
    ].filter(Boolean).join(' · '));
    this.node.hidden = this.link.hidden = rows.length === 0;
    return rows.length > 0;
  }

  row(key) {
    let known = this.rows.get(key);
    if (!known) {
      const cells = this.kind.columns.map((column) => [column, column.make()]);
      const node = element('tr', '', ...cells.map(([column, content], i) => {
        const cell = element(i === 0 ? 'th' : 'td', '', content);
        cell.className = cell.dataset.base = column.number ? 'number' : column.wide ? 'wide' : '';
        cell.dataset.label = column.title;
        cell.setAttribute('role', i === 0 ? 'rowheader' : 'cell');
        if (i === 0) cell.scope = 'row';
        return cell;
      }));
      node.setAttribute('role', 'row');
      this.rows.set(key, known = { node, cells });
    }
    return known;
  }
}

const EVENTS = {
  joined: ['Joined', 'good'],
  left: ['Left', 'quiet'],
  died: ['Died', 'bad'],
  lost: ['Taken for dead', 'bad'],
  abandoned: ['Abandoned', 'bad'],
  evicted: ['Evicted', 'warn'],
  redelivered: ['Redelivered', 'warn'],
};

const events = {
  list: element('ol', 'events'),
  shown: '',

  show(all) {
    const key = all.map((event) => event.time).join() + all.length;
    if (key === this.shown) return;
    this.shown = key;
    this.list.replaceChildren(...all.map((event) => {
      const [label, tone] = EVENTS[event.kind];
      const time = element('time', '', clock.format(event.time));
      time.dateTime = new Date(event.time).toISOString();
      return element('li', '', time, element('span', 'sign ' + tone, label), element('span', '', event.text));
    }));
    if (!all.length) this.list.append(element('li', 'quiet', 'None yet'));
  },
};

const sections = SECTIONS.map((kind) => new Section(kind));

function build() {
  const columns = [element('div', 'column'), element('div', 'column')];
  for (const section of sections) (section.kind.wide ? byId('state') : columns[section.kind.side]).append(section.node);
  const heading = element('h2', '', 'Recent events');
  heading.id = 'events-title';
  events.list.tabIndex = 0;
  events.list.setAttribute('aria-labelledby', heading.id);
  events.node = element('section', '', element('div', 'heading', heading, element('p', 'note', 'those that the answering member has heard of, newest first')), events.list);
  events.node.id = 'events';
  columns[0].append(events.node);
  byId('state').append(element('div', 'columns', ...columns));
  const toEvents = element('a', '', 'Events');
  toEvents.href = '#events';
  byId('sections').append(...sections.map((section) => section.link), toEvents);
}

// the page

let newest = null;

function show(state) {
  if (state.failure === undefined) newest = state;
  forgetOld(state.time);
  events.show(state.events);
  problems(state.failure === undefined ? state.problems : ['The state can’t be read: ' + state.failure]);
  setText(byId('application'), state.application || 'Shared state');
  document.title = (state.application ? state.application + ' · ' : '') + 'Shared state';
  if (newest) showNewest();
}

function showNewest() {
  const state = newest;
  const filter = byId('filter').value.trim().toLowerCase();
  setText(byId('about'), [state.engine, state.location, bytes(state.bytes)].join(' · '));
  const unused = sections.filter((section) => !section.show(state, filter)).map((section) => section.kind.title.toLowerCase());
  const kept = [[state.values, 'values'], [state.regions, 'regions']].filter(([number]) => number > 0);
  setText(byId('unused'), [
    kept.length && kept.map(([number, what]) => count(number) + ' ' + what).join(' and ') + ', which have no figures.',
    unused.length && 'There are no ' + unused.join(', ') + '.',
  ].filter(Boolean).join(' '));
}

function problems(all) {
  const box = byId('problems');
  const key = all.join('\n');
  if (box.dataset.shown !== key) {
    box.dataset.shown = key;
    box.replaceChildren(...all.map((problem) => element('p', '', problem)));
  }
}

// the link to the server

const link = {
  stream: null,
  member: null,
  heard: 0,          // when the last snapshot came, or the stream was asked for
  live: undefined,   // whether they come; undefined while nobody knows
  since: 0,          // when they ceased
  retryAt: 0,
  paused: false,
  refused: false,

  open() {
    this.close();
    this.refused = false;
    this.heard = performance.now();
    const stream = this.stream = new EventSource('events');
    stream.onmessage = (event) => {
      if (this.stream !== stream) return;
      const state = JSON.parse(event.data);
      this.heard = performance.now();
      this.live = true;
      if (state.self !== undefined) this.member = state.self;
      show(state);
      this.say();
    };
    stream.onerror = () => {
      if (this.stream !== stream) return;
      // Closed by itself: answered, but not with a stream.
      this.refused = stream.readyState === EventSource.CLOSED;
      this.lost();
    };
  },

  close() {
    this.stream?.close();
    this.stream = null;
  },

  lost() {
    this.close();
    if (this.live !== false) this.since = performance.now();
    this.live = false;
    this.retryAt = performance.now() + RETRY_MS;
    this.say();
  },

  tick() {
    if (this.paused || document.hidden) return;
    const now = performance.now();
    if (this.stream && now - this.heard > SILENCE_MS) this.lost();
    else if (!this.stream && now >= this.retryAt) this.open();
    this.say();
  },

  say() {
    const from = this.member === null ? '' : 'member ' + this.member;
    const [said, tone] = this.paused ? ['Paused' + (from && ' · as ' + from + ' said'), '']
      : this.live ? ['Live · answered by ' + from, 'good']
      : this.live === undefined ? ['Connecting …', '']
      : this.refused ? ['Disconnected · refused; if a login has ended, reload the page', 'bad']
      : ['Disconnected' + (from && ' from ' + from) + ' · trying again', 'bad'];
    setText(byId('said'), said);
    setText(byId('since'), this.live === false ? span(performance.now() - this.since) : '');
    setAttribute(byId('link'), 'data-tone', tone);
    byId('state').classList.toggle('stale', this.paused || this.live === false);
  },

  pause(paused) {
    this.paused = paused;
    this.live = undefined;
    setText(byId('pause'), paused ? 'Go on' : 'Pause');
    setAttribute(byId('pause'), 'aria-pressed', String(paused));
    if (paused) this.close();
    else this.open();
    this.say();
  },
};

build();
byId('pause').addEventListener('click', () => link.pause(!link.paused));
byId('filter').addEventListener('input', () => newest && showNewest());
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey && event.target !== byId('filter')) {
    event.preventDefault();
    byId('filter').focus();
  } else if (event.key === 'Escape' && event.target === byId('filter')) {
    byId('filter').value = '';
    if (newest) showNewest();
  }
});
// Nobody looks at a page that is hidden.
document.addEventListener('visibilitychange', () => {
  if (link.paused) return;
  if (document.hidden) link.close();
  else link.open();
});
if (!document.hidden) link.open();
setInterval(() => link.tick(), 250);

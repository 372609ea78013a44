'use strict';

const byId = (id) => document.getElementById(id);
const count = (number) => new Intl.NumberFormat('en').format(number);
const locals = new Map();

async function ask(path, options) {
  const response = await fetch(path, options);
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => ({}));
  throw new Error(problem.detail ?? 'The shop answered ' + response.status);
}

function cell(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function say(text, bad) {
  byId('said').textContent = text;
  byId('said').className = bad ? 'bad' : '';
}

function showHits({ value, local, member, pid }) {
  for (const [other, known] of locals) {
    if (known.member === member && other !== pid) locals.delete(other); // Another process has its place.
  }
  locals.set(pid, { member, local });
  byId('value').textContent = count(value);
  byId('local').textContent = count(local);
  byId('who').textContent = 'member ' + member;
  byId('members').hidden = false;
  byId('members').tBodies[0].replaceChildren(...[...locals].sort((one, other) => one[1].member - other[1].member).map(([id, known]) => {
    const row = document.createElement('tr');
    row.append(cell('td', 'member ' + known.member + ' (pid ' + id + ')'), cell('td', count(known.local), 'number'),
      cell('td', count(value - known.local), 'number'));
    return row;
  }));
}

const hit = () => ask('hits', { method: 'POST' }).then(showHits);

async function buy(event) {
  const ticket = await ask('tickets/' + encodeURIComponent(event), { method: 'POST', body: new URLSearchParams({ buyer: byId('buyer').value }) });
  say('Seat ' + ticket.seat + ' of ' + ticket.event + ' is ' + ticket.buyer + '’s.');
  await hit();
  await showEvents();
}

async function showEvents() {
  for (const { event, seats, stock } of await ask('tickets')) {
    let row = document.getElementById('event-' + event);
    if (!row) {
      row = document.createElement('li');
      row.id = 'event-' + event;
      const name = document.createElement('div');
      name.append(cell('strong', event), ' ', cell('span', ''));
      const left = document.createElement('progress');
      left.setAttribute('aria-label', 'Seats of ' + event + ' that are left');
      const button = cell('button', 'Buy');
      button.type = 'button';
      button.setAttribute('aria-label', 'Buy a ticket for ' + event);
      button.addEventListener('click', attempt(() => buy(event)));
      row.append(name, left, button);
      byId('events').append(row);
    }
    row.querySelector('span').textContent = stock > 0 ? count(stock) + ' of ' + count(seats) + ' left' : 'sold out';
    row.querySelector('progress').max = seats;
    row.querySelector('progress').value = stock;
    row.querySelector('button').disabled = stock === 0;
  }
}

const attempt = (action) => () => action().catch((failure) => say(failure.message, true));

byId('hit').addEventListener('click', attempt(hit));
byId('hits').addEventListener('click', attempt(async () => {
  for (let i = 0; i < 20; i++) await hit();
}));
attempt(() => ask('hits').then(showHits))();
attempt(showEvents)();
setInterval(() => document.hidden || attempt(showEvents)(), 2000);

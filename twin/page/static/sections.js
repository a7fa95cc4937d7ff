/** Alarms, notifications, the last reports, the service, and what does not run here. */
import { fill, h } from './dom.js';
import { alarmStates, badge, linked, since, withoutPrefix } from './words.js';

const urgency = { ALARM: 0, INSUFFICIENT_DATA: 1, OK: 2 };

const change = ({ minute, from, to, reason, tells }) =>
  h(
    'li',
    {},
    `minute ${minute}: ${alarmStates[from].word} → ${alarmStates[to].word}`,
    tells.length > 0 ? `, tells ${tells.join(', ')}` : '',
    h('div', { class: 'quiet' }, reason),
  );

const fact = (term, ...description) => h('div', {}, h('dt', {}, term), h('dd', {}, ...description));

const alarmItem = (alarm, shown, now) =>
  h(
    'li',
    { 'data-key': alarm.name },
    h(
      'details',
      { open: alarm.state === 'ALARM' },
      h(
        'summary',
        {},
        badge(alarmStates[alarm.state]),
        h('span', { class: 'name' }, shown(alarm.name)),
        h('span', { class: 'when' }, since(alarm.sinceMinute, now)),
      ),
      h(
        'dl',
        { class: 'more' },
        fact('What it means', ...linked(alarm.description)),
        fact('Why it is so', alarm.reason),
        fact('Rule', alarm.threshold),
        alarm.history.length > 0 &&
          fact('History', h('ol', { class: 'history' }, alarm.history.toReversed().slice(0, 8).map(change))),
      ),
    ),
  );

/** States that were shown last, and the alarms that were opened because they went off. */
const shownStates = new Map();
const opened = new Set();

/** Opens what goes off, and closes it again when it is over, unless the reader has opened it. */
const openRaised = (alarms) => {
  for (const { name, state } of alarms) {
    const before = shownStates.get(name);
    shownStates.set(name, state);
    if (before === undefined || before === state) continue;
    const details = document.querySelector(`#alarms [data-key="${CSS.escape(name)}"] details`);
    if (!details) continue;
    if (state === 'ALARM' && !details.open) {
      details.open = true;
      opened.add(name);
    } else if (state !== 'ALARM' && opened.delete(name)) details.open = false;
  }
};

export const showAlarms = ({ alarms, minute }) => {
  const shown = withoutPrefix(alarms.map(({ name }) => name));
  const sorted = alarms.toSorted((a, b) => urgency[a.state] - urgency[b.state]);
  fill(
    'alarms',
    h(
      'ul',
      { class: 'list' },
      sorted.map((alarm) => alarmItem(alarm, shown, minute)),
    ),
  );
  openRaised(alarms);
};

const tones = { page: 'bad', ticket: 'warn' };

export const showNotifications = ({ notifications, alarms }) => {
  const sent = notifications.toReversed().slice(0, 20);
  if (sent.length === 0) {
    const told = alarms.some(({ history }) => history.some(({ tells }) => tells.length > 0));
    return fill(
      'notifications',
      h(
        'p',
        { class: 'quiet' },
        told
          ? 'No message was written; the history of each alarm says whom it told.'
          : 'Nobody was told anything.',
      ),
    );
  }
  fill(
    'notifications',
    h(
      'ul',
      { class: 'list' },
      sent.map(({ at, severity, subject, text, threadKey }) =>
        h(
          'li',
          { class: 'message', 'data-key': `${at} ${subject} ${threadKey}` },
          badge({ sign: severity === 'page' ? '✆' : '✉', word: severity, tone: tones[severity] ?? '' }),
          h('h3', {}, subject),
          h('pre', { tabindex: '0', role: 'group', 'aria-label': `Text of: ${subject}` }, linked(text)),
        ),
      ),
    ),
  );
};

/** The layers in the order in which they are tried. */
const ladder = ['config', 'dns', 'tcp', 'tls', 'auth', 'database', 'query', 'capacity', 'protocol'];

const rungs = ({ layer, ok }) => {
  const reached = ladder.indexOf(layer);
  if (reached < 0) return undefined;
  return h(
    'ol',
    { class: 'rungs', 'aria-label': ok ? `passed up to ${layer}` : `failed at ${layer}` },
    ladder
      .slice(0, reached + 1)
      .map((name, place) =>
        !ok && place === reached
          ? h('li', { class: 'bad' }, `✕ ${name}`)
          : h('li', { class: ok ? 'good' : '' }, ok && place === reached ? `✓ ${name}` : name),
      ),
  );
};

const checkItem = (check, place) => {
  const { ok, skipped, dependency, cause, detail, remedy, runbook, durationMs, target } = check;
  const word = skipped
    ? { sign: '–', word: 'skipped', tone: '' }
    : ok
      ? { sign: '✓', word: 'ok', tone: 'good' }
      : { sign: '✕', word: cause ?? 'failed', tone: 'bad' };
  return h(
    'li',
    { class: 'check', 'data-key': `${dependency} ${target} ${place}` },
    h(
      'div',
      { class: 'line' },
      h('strong', {}, dependency),
      badge(word),
      h('span', { class: 'quiet' }, skipped ? (check.reason ?? '') : `${Math.round(durationMs)} ms`),
    ),
    !skipped && rungs(check),
    !ok && detail && h('p', { class: 'detail' }, detail),
    !ok && remedy && h('p', { class: 'detail' }, h('strong', {}, 'Remedy: '), remedy),
    !ok && runbook && h('p', { class: 'detail' }, ...linked(runbook)),
  );
};

const failedFirst = (checks) =>
  checks.map((check, place) => [check, place]).toSorted(([a], [b]) => Number(a.ok) - Number(b.ok));

const reportItem = ({ functionName, minutesAgo, durationMs, problems, report }) =>
  h(
    'li',
    { class: 'probe', 'data-key': functionName },
    h(
      'div',
      { class: 'head' },
      h('h3', {}, report?.probe ?? functionName),
      h(
        'span',
        { class: 'quiet' },
        `${minutesAgo === 0 ? 'now' : `${minutesAgo} min ago`}, took ${durationMs} ms`,
      ),
    ),
    problems.map((problem) => h('p', { class: 'error' }, problem)),
    report &&
      h(
        'ul',
        { class: 'list' },
        failedFirst(report.checks).map(([check, place]) => checkItem(check, place)),
      ),
  );

export const showReports = ({ reports }) =>
  fill(
    'reports',
    reports.length === 0
      ? h('p', { class: 'quiet' }, 'No probe has run yet.')
      : h('ul', { class: 'list' }, reports.map(reportItem)),
  );

const healthTone = { healthy: 'good', degraded: 'warn' };
const healthSign = { good: '✓', warn: '!', bad: '✕' };

const word = (text, tone) => badge({ sign: healthSign[tone], word: text, tone });

export const showService = ({ service, consumer }) => {
  const { health, ready, target, url, address } = service;
  const said = health?.said ?? 'not asked yet';
  const readyBody = ready?.body ?? {};
  const readyText =
    ready?.status === 200
      ? readyBody.ready
        ? 'ready'
        : 'serves, degraded'
      : `not ready${ready?.status ? ` (${ready.status})` : ''}`;
  const services = Object.entries(health?.body?.services ?? {});
  fill(
    'service',
    h(
      'dl',
      { class: 'facts-list' },
      fact('/health', word(said, health ? (healthTone[said] ?? 'bad') : 'warn')),
      fact('/ready', word(readyText, ready?.status === 200 ? (readyBody.ready ? 'good' : 'warn') : 'bad')),
      fact(
        'Load balancer',
        word(target.state, target.state === 'healthy' ? 'good' : target.state === 'initial' ? 'warn' : 'bad'),
        target.reason ? ` ${target.reason}` : '',
      ),
      fact('Targets dropped', String(target.dropped)),
      services.map(([name, state]) =>
        fact(name, word(String(state), state === 'healthy' ? 'good' : state === 'disabled' ? 'warn' : 'bad')),
      ),
      consumer &&
        fact(
          'Events',
          consumer.problem ??
            `${consumer.taken} taken${consumer.again ? `, ${consumer.again} of them twice` : ''}`,
        ),
      fact(
        'At',
        h('a', { href: `${url}/health`, rel: 'noreferrer' }, url),
        address ? `, task ${address}` : ', no task',
      ),
    ),
  );
};

export const showAbout = ({ leftOut, problems }) =>
  fill(
    'about',
    problems.length > 0 &&
      h(
        'ul',
        { 'data-key': 'problems' },
        problems.map((one) => h('li', {}, `Problem: ${one}`)),
      ),
    h(
      'ul',
      { 'data-key': 'left-out' },
      leftOut.map((one) => h('li', {}, one)),
    ),
  );

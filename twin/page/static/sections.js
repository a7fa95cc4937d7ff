/** Alarms, notifications, the last reports, the service, and what does not run here. */
import { fill, h } from './dom.js';
import { alarmStates, badge, byUrgency, linked, since, withoutPrefix } from './words.js';

const change = ({ minute, from, to, reason, tells }) =>
  h(
    'li',
    {},
    `minute ${minute}: ${alarmStates[from].word} → ${alarmStates[to].word}`,
    tells.length > 0 ? `, tells ${tells.join(', ')}` : '',
    h('div', { class: 'quiet' }, reason),
  );

const fact = (term, ...description) => h('div', {}, h('dt', {}, term), h('dd', {}, ...description));

/** Raised alarms that are shown with all that there is to say; the others are one press away. */
const openedAtOnce = 2;

const alarmItem = (alarm, shown, now, place) =>
  h(
    'li',
    { 'data-key': alarm.name },
    h(
      'details',
      { open: alarm.state === 'ALARM' && place < openedAtOnce },
      h(
        'summary',
        {},
        badge(alarmStates[alarm.state]),
        h('span', { class: 'name' }, shown(alarm.name)),
        h(
          'span',
          { class: 'when' },
          alarm.state === 'ALARM' ? since(alarm.sinceMinute, now) : `for ${now - alarm.sinceMinute} min`,
        ),
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

/** From here on the quiet ones are put away. */
const many = 12;

const group = (alarms, key, title, open, item) =>
  alarms.length > 0 &&
  h(
    'details',
    { class: 'group', 'data-key': key, open },
    h('summary', {}, h('span', { class: 'name' }, `${title} (${alarms.length})`)),
    h('ul', { class: 'list' }, alarms.map(item)),
  );

/** Each group has elements of its own, so that what goes off is open from then on. */
export const showAlarms = ({ alarms, minute }) => {
  const shown = withoutPrefix(alarms.map(({ name }) => name));
  const item = (alarm, place) => alarmItem(alarm, shown, minute, place);
  const of = (wanted) => alarms.filter(({ state }) => state === wanted);
  const raised = of('ALARM').toSorted(byUrgency);
  const open = alarms.length <= many;
  fill(
    'alarms',
    raised.length > 0
      ? h('ul', { class: 'list', 'data-key': 'raised' }, raised.map(item))
      : h('p', { class: 'quiet', 'data-key': 'none' }, 'None is raised.'),
    group(of('INSUFFICIENT_DATA'), 'no-data', 'Without data', open, item),
    group(of('OK'), 'ok', 'OK', open, item),
  );
};

const tones = { page: 'bad', ticket: 'warn' };

/** A message that nothing has explained has no subject of ours. */
const notice = ({ at, minute, severity, subject, text, threadKey, raw }, place) => {
  const title = subject ?? text.split('\n', 1)[0].slice(0, 120);
  return h(
    'li',
    { class: 'message', 'data-key': `${at} ${threadKey} ${title} ${place}` },
    badge({ sign: severity === 'page' ? '✆' : '✉', word: severity, tone: tones[severity] ?? '' }),
    raw === true && badge({ sign: '!', word: 'raw', tone: 'warn' }),
    minute && h('span', { class: 'quiet' }, ` minute ${minute}`),
    h('h3', {}, title),
    h('pre', { tabindex: '0', role: 'group', 'aria-label': `Text of: ${title}` }, linked(text)),
  );
};

export const showNotifications = ({ notifications, alarms }) => {
  // Numbered from the first on, so that a message keeps its element.
  const sent = notifications
    .map((one, place) => [one, place])
    .toReversed()
    .slice(0, 20);
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
      sent.map(([one, place]) => notice(one, place)),
    ),
  );
};

/** The layers in the order in which they are tried. */
const ladder = ['config', 'dns', 'tcp', 'tls', 'auth', 'database', 'query', 'capacity', 'protocol'];

const rungs = ({ layer, ok }) => {
  const reached = ladder.indexOf(layer);
  // Who does not begin at the bottom of the ladder has not climbed it.
  if (reached < 1) return undefined;
  const rung = (name, place) => {
    if (place < reached) return h('li', { class: ok ? 'good' : '' }, name);
    return h('li', { class: ok ? 'good' : 'bad' }, `${ok ? '✓' : '✕'} ${name}`);
  };
  return h(
    'ol',
    { class: 'rungs', 'aria-label': ok ? `passed up to ${layer}` : `failed at ${layer}` },
    ladder.slice(0, reached + 1).map(rung),
  );
};

const verdictOf = ({ ok, skipped, cause }) => {
  if (skipped) return { sign: '–', word: 'skipped', tone: '' };
  return ok ? { sign: '✓', word: 'ok', tone: 'good' } : { sign: '✕', word: cause ?? 'failed', tone: 'bad' };
};

/** Only these climb the whole ladder; the others compare, or ask one question. */
const climbs = new Set(['connectivity', 'capacity']);

const checkItem =
  (probe) =>
  ([check, place]) => {
    const { ok, skipped, reason, dependency, detail, remedy, runbook, durationMs, target } = check;
    const failed = !ok && !skipped;
    return h(
      'li',
      { class: 'check', 'data-key': `${dependency} ${target} ${place}` },
      h(
        'div',
        { class: 'line' },
        badge(verdictOf(check)),
        h('strong', {}, probe === 'database-name' ? target : dependency),
        h(
          'span',
          { class: 'quiet' },
          skipped ? (reason ?? '') : durationMs >= 1 ? `${Math.round(durationMs)} ms` : '',
        ),
        !skipped && (failed || climbs.has(probe)) && rungs(check),
      ),
      failed && detail && h('p', { class: 'detail' }, detail),
      failed && remedy && h('p', { class: 'detail' }, h('strong', {}, 'Remedy: '), remedy),
      failed && runbook && h('p', { class: 'detail' }, ...linked(runbook)),
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
    report && h('ul', { class: 'list' }, failedFirst(report.checks).map(checkItem(report.probe))),
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

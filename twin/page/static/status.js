/** The line at the top, and what is read out when something changes. */
import { h, patch } from './dom.js';
import { byUrgency, since, withoutPrefix } from './words.js';

const verdictOf = ({ alarms, problems, minute, service }) => {
  const shown = withoutPrefix(alarms.map(({ name }) => name));
  const raised = alarms.filter(({ state }) => state === 'ALARM');
  if (raised.length > 0) {
    const [first] = raised.toSorted(byUrgency);
    const others = raised.length === 1 ? '' : ` and ${raised.length - 1} more`;
    return { tone: 'bad', text: `✕ ${shown(first.name)}${others}, ${since(first.sinceMinute, minute)}` };
  }
  if (problems.length > 0) return { tone: 'warn', text: `! ${problems[0]}` };
  const said = service.health?.said;
  if (said && said !== 'healthy') return { tone: 'warn', text: `! No alarm yet; the service is ${said}` };
  if (minute === 0) return { tone: '', text: 'Waiting for the first alarm minute' };
  const unknown = alarms.filter(({ state }) => state === 'INSUFFICIENT_DATA').length;
  if (unknown === alarms.length) return { tone: 'warn', text: '! No alarm has data yet' };
  return { tone: 'good', text: '✓ All good' };
};

export const showStatus = (state, connected) => {
  const { environment, minute, tickSeconds, faults, service } = state;
  const { tone, text } = connected
    ? verdictOf(state)
    : { tone: 'warn', text: '! The twin does not answer; this is how it was' };
  const broken = faults.filter(({ injected }) => injected).map(({ name }) => name);
  const lost = (service.health?.body?.degraded ?? []).flatMap((one) => one.lost);
  const pace = tickSeconds === 60 ? 'real time' : `${tickSeconds} s each`;
  const bar = document.querySelector('#status');
  bar.className = `bar ${tone}`;
  document.title = `${text} (${environment}, Breakwater twin)`;
  patch(
    bar,
    [
      h('h1', { class: 'verdict' }, text),
      lost.length > 0 && h('p', { class: 'lost' }, h('strong', {}, 'Lost: '), lost.join('; ')),
      h(
        'div',
        { class: 'facts' },
        h('span', {}, `Breakwater twin of ${environment}`),
        h('span', {}, `alarm minute ${minute} (${pace})`),
        h('span', {}, `service ${service.health?.said ?? 'not asked yet'}`),
        h(
          'span',
          {},
          broken.length > 0 ? `broken on purpose: ${broken.join(', ')}` : 'nothing broken on purpose',
        ),
      ),
    ].filter(Boolean),
  );
};

/** Says what changed since the state before, for those who do not see it. */
export const announce = (state, before) => {
  if (!before) return;
  const shown = withoutPrefix(state.alarms.map(({ name }) => name));
  const known = new Map(before.alarms.map((alarm) => [alarm.name, alarm.state]));
  const changes = state.alarms
    .filter((alarm) => known.has(alarm.name) && known.get(alarm.name) !== alarm.state)
    .filter((alarm) => alarm.state === 'ALARM' || known.get(alarm.name) === 'ALARM')
    .map((alarm) => `${shown(alarm.name)}: ${alarm.state === 'ALARM' ? 'ALARM' : 'over'}.`);
  const injected = new Set(before.faults.filter((fault) => fault.injected).map(({ name }) => name));
  const faults = state.faults
    .filter((fault) => fault.injected !== injected.has(fault.name))
    .map((fault) => `${fault.name} is ${fault.injected ? 'injected' : 'lifted'}.`);
  const messages = state.notifications
    .slice(before.notifications.length)
    .map(({ severity, subject }) => `${severity}: ${subject ?? 'a raw alarm'}.`);
  const text = [...faults, ...changes, ...messages].join(' ');
  if (text !== '') document.querySelector('#announcement').textContent = text;
};

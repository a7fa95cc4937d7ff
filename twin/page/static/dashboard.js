/** The synthesized dashboard, drawn from what the twin has measured. */
import { drawChart } from './chart.js';
import { h, patch } from './dom.js';
import { alarmStates, badge, short, since, withoutPrefix } from './words.js';

const minute = 60_000;
let widgets = [];
const seen = new Set();
let state;

const get = async (path) => {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response;
};

const nothing = (text) => h('p', { class: 'none' }, text);

const figures = ({ series }) =>
  h(
    'dl',
    { class: 'figures' },
    series.map((one) => h('div', {}, h('dt', {}, one.label), h('dd', {}, short(one.points.at(-1)?.[1])))),
  );

const drawMetric = async ({ element, properties, number }) => {
  const data = await (await get(`/api/metrics?widget=${number}`)).json();
  const body = element.querySelector('.body');
  if (data.series.every(({ points }) => points.length === 0)) {
    if (element.chart) element.chart.destroy();
    element.chart = undefined;
    return patch(body, [nothing(`No data here: ${data.series[0]?.problem ?? 'nothing is drawn'}.`)]);
  }
  if (properties.view === 'singleValue') return patch(body, [figures(data)]);
  const minuteAt = (at) => Math.round((at - state.firstMinuteAt) / minute) + 1;
  drawChart(element, properties, data, minuteAt);
};

const drawAlarms = ({ element, properties }) => {
  const known = new Map(state.alarms.map((alarm) => [alarm.name, alarm]));
  const shown = withoutPrefix(state.alarms.map(({ name }) => name));
  const alarms = properties.alarms.map((arn) => arn.slice(arn.indexOf(':alarm:') + ':alarm:'.length));
  patch(element.querySelector('.body'), [
    h(
      'ul',
      { class: 'tiles' },
      alarms.map((name) => {
        const alarm = known.get(name);
        return h(
          'li',
          { 'data-key': name },
          h(
            'span',
            {},
            alarm ? badge(alarmStates[alarm.state]) : badge({ sign: '–', word: 'not here', tone: '' }),
            ` ${shown(name)}`,
          ),
          alarm?.state === 'ALARM' && h('span', { class: 'quiet' }, since(alarm.sinceMinute, state.minute)),
        );
      }),
    ),
  ]);
};

const drawText = async ({ element, number }) => {
  if (element.dataset.drawn) return;
  element.dataset.drawn = 'yes';
  element.querySelector('.body').innerHTML = await (await get(`/api/text?widget=${number}`)).text();
};

/** Fields that a query asks for. */
const fieldsOf = (query) => (/\bfields ([^|]+)/.exec(query)?.[1] ?? '').split(',').map((name) => name.trim());

/** The log of changes is the only one that the twin may keep. */
const drawLog = ({ element, properties }) => {
  const changes = properties.query.includes('/changes') ? state.changes : null;
  const fields = fieldsOf(properties.query);
  const cell = (line, field) => String(line[field] ?? '');
  const row = (tag, cells) =>
    h(
      'tr',
      {},
      cells.map((text) => h(tag, {}, text)),
    );
  const table = () =>
    h(
      'div',
      { class: 'wide', tabindex: '0', role: 'group', 'aria-label': properties.title },
      h(
        'table',
        {},
        h('thead', {}, row('th', fields)),
        h(
          'tbody',
          {},
          changes.toReversed().map((line) =>
            row(
              'td',
              fields.map((field) => cell(line, field)),
            ),
          ),
        ),
      ),
    );
  const words = changes
    ? 'Nothing was changed.'
    : 'The twin keeps no log group. In AWS this table lists the entries, newest first.';
  patch(element.querySelector('.body'), [changes?.length > 0 ? table() : nothing(words)]);
};

const draw = { metric: drawMetric, alarm: drawAlarms, text: drawText, log: drawLog };

const refresh = async (widget) => {
  if (!state || !seen.has(widget.element)) return;
  try {
    await (draw[widget.type] ?? drawLog)(widget);
  } catch (error) {
    patch(widget.element.querySelector('.body'), [nothing(String(error.message))]);
  }
};

const frame = ({ type, x, y, width, height, properties }, number) => {
  const bare = properties.background === 'transparent';
  const { title } = properties;
  const element = h(
    'div',
    { class: `widget ${type}${bare ? ' bare' : ''}`, 'data-widget': number },
    title && h('h3', {}, title),
    h('div', { class: `body${type === 'text' ? ' prose' : ''}` }),
  );
  for (const [name, value] of Object.entries({ x, y, width, height }))
    element.style.setProperty(`--${name}`, value);
  return { type, properties, number, element };
};

/** What is not on the screen is not drawn. */
const watch = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) seen.delete(target);
      else if (!seen.has(target)) {
        seen.add(target);
        void refresh(widgets.find(({ element }) => element === target));
      }
    }
  },
  { rootMargin: '300px' },
);

export const openDashboard = async () => {
  const grid = document.querySelector('#dashboard .grid');
  const response = await fetch('/api/dashboard');
  const body = await response.json();
  if (!response.ok) return grid.replaceChildren(nothing(body.error));
  widgets = body.widgets.map(frame);
  grid.replaceChildren(...widgets.map(({ element }) => element));
  for (const { element } of widgets) watch.observe(element);
};

/** Draws again what may have changed. */
export const showDashboard = (fresh) => {
  const next = state?.minute !== fresh.minute;
  state = fresh;
  for (const widget of widgets) if (next || widget.type !== 'metric') void refresh(widget);
};

/** Colours are read when a chart is drawn. */
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const widget of widgets) void refresh(widget);
});

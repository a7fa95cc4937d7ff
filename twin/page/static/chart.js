/** One metric widget as a chart, with its latest values in words beside it. */
import { extentOf, reachOf } from './axis.js';
import { h, patch } from './dom.js';
import { beyond, drawnLines, linesInWords } from './lines.js';
import { style } from './style.js';
import { short } from './words.js';

/** For series without a colour of their own; each has a pattern of strokes too. */
const colors = ['#3f83c9', '#1a9c74', '#9a6bd8', '#b8860b', '#d9603b'];
const strokes = [[], [6, 3], [2, 2], [8, 3, 2, 3], [1, 3]];

const still = matchMedia('(prefers-reduced-motion: reduce)');

/** Lines without a colour name the codes of an axis, where there are several. */
const codesOf = ({ annotations }) => {
  const named = (annotations?.horizontal ?? []).filter(({ color }) => !color);
  return named.length > 1 ? new Map(named.map(({ value, label }) => [value, label])) : undefined;
};

/** Lines that are drawn; the axis itself has the names of codes. */
const linesOf = (properties) =>
  (properties.annotations?.horizontal ?? []).filter(({ color }) => color || !codesOf(properties));

const datasetsOf = ({ series, period }, properties, minuteAt) => {
  const { stacked } = properties;
  const codes = codesOf(properties);
  return series.map(({ label, color, points }, place) => {
    const data = [];
    // A gap where a period is missing: what was not measured is not drawn.
    for (const [place, [at, value]] of points.entries()) {
      const before = points[place - 1];
      if (before && at - before[0] > period && !stacked) data.push({ x: minuteAt(before[0]) + 0.5, y: null });
      data.push({ x: minuteAt(at), y: value });
    }
    const own = color ?? colors[place % colors.length];
    return {
      label,
      data,
      borderColor: own,
      backgroundColor: own,
      borderDash: strokes[place % strokes.length],
      borderWidth: 2,
      pointRadius: points.length < 3 ? 3 : 0,
      pointHitRadius: 8,
      stepped: codes ? 'middle' : false,
      barThickness: 6,
    };
  });
};

const optionsOf = (properties, data, minuteAt) => {
  const { left = {} } = properties.yAxis ?? {};
  const codes = codesOf(properties);
  const reach = reachOf(
    extentOf(data.series, properties.stacked),
    left,
    linesOf(properties).map(({ value }) => value),
  );
  const whole = data.series.every(({ points }) => points.every(([, value]) => Number.isInteger(value)));
  const grid = { color: style('--grid-line') };
  const ticks = { color: style('--quiet'), font: { size: 11 } };
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    normalized: true,
    interaction: { mode: 'nearest', axis: 'x', intersect: false },
    plugins: {
      legend: { display: false },
      tooltip: {
        animation: still.matches ? false : undefined,
        callbacks: { title: ([item]) => `minute ${item?.parsed.x}` },
      },
    },
    scales: {
      x: {
        type: 'linear',
        stacked: properties.stacked,
        min: Math.max(1, minuteAt(data.from)),
        max: Math.max(2, minuteAt(data.to) - 1),
        grid: { display: false },
        ticks: {
          ...ticks,
          precision: 0,
          maxTicksLimit: 7,
          autoSkipPadding: 10,
          includeBounds: false,
          maxRotation: 0,
          callback: (value) => `min ${value}`,
        },
      },
      y: {
        stacked: properties.stacked,
        min: left.min,
        max: left.max,
        suggestedMin: reach.low,
        suggestedMax: reach.high,
        title: {
          display: Boolean(left.label) && !codes,
          text: left.label,
          color: style('--quiet'),
          font: { size: 11 },
        },
        grid,
        ticks: {
          ...ticks,
          maxTicksLimit: codes ? 12 : 5,
          autoSkip: !codes,
          ...(codes && { stepSize: 1 }),
          ...(whole && { precision: 0 }),
          callback: (value) => codes?.get(value) ?? short(value),
        },
      },
    },
  };
};

const swatch = (color, dash) => {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 24 10');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(space, 'path');
  const shape = { d: 'M0 5h24', stroke: color, 'stroke-width': 3, 'stroke-dasharray': dash.join(' ') };
  for (const [name, value] of Object.entries(shape)) line.setAttribute(name, value);
  svg.append(line);
  return svg;
};

const latest = ({ points }) => points.at(-1)?.[1];

/** What the chart shows, for those who do not see it. */
export const inWords = (properties, { series }) => {
  const { title, yAxis } = properties;
  const unit = yAxis?.left?.label ? ` (${yAxis.left.label})` : '';
  const values = series.map((one) => `${one.label} ${short(latest(one))}`);
  return `${title}${unit}. Latest: ${values.join(', ')}.${linesInWords(linesOf(properties))}`;
};

export const keyOf = ({ series }) =>
  h(
    'ul',
    { class: 'key' },
    series.map((one, place) =>
      h(
        'li',
        { 'data-key': `${place} ${one.label}`, title: one.problem },
        swatch(one.color ?? colors[place % colors.length], strokes[place % strokes.length]),
        `${one.label} `,
        h('strong', {}, short(latest(one))),
      ),
    ),
  );

/** Draws into a widget, and draws over what it drew before. */
export const drawChart = (element, properties, data, minuteAt) => {
  let canvas = element.querySelector('canvas');
  if (!canvas) {
    canvas = h('canvas', { role: 'img' });
    element
      .querySelector('.body')
      .replaceChildren(
        h('ul', { class: 'beyond above' }),
        h('div', { class: 'plot' }, canvas),
        h('ul', { class: 'beyond below' }),
        h('div', { class: 'words' }),
      );
    element.chart = new Chart(canvas, {
      type: properties.stacked ? 'bar' : 'line',
      data: { datasets: [] },
      options: optionsOf(properties, data, minuteAt),
      plugins: [drawnLines(linesOf(properties))],
    });
  }
  canvas.setAttribute('aria-label', inWords(properties, data));
  const { chart } = element;
  const fresh = datasetsOf(data, properties, minuteAt);
  // In place, so that what the pointer is over stays.
  for (const [place, dataset] of fresh.entries()) {
    if (chart.data.datasets[place]) Object.assign(chart.data.datasets[place], dataset);
    else chart.data.datasets[place] = dataset;
  }
  chart.options = optionsOf(properties, data, minuteAt);
  chart.update('none');
  for (const [side, lines] of Object.entries(beyond(linesOf(properties), chart.scales.y)))
    patch(
      element.querySelector(`.beyond.${side}`),
      lines.map(({ text, bad }) => h('li', { class: bad && 'bad' }, text)),
    );
  patch(element.querySelector('.words'), [keyOf(data)]);
};

/** Lines of a graph with their names: thresholds, limits, codes. */
import { style } from './style.js';
import { short } from './words.js';

const size = 11;

/** A line as it is told: its name, and its value where the name does not have it. */
const told = ({ label, value }) => (label.includes(`(${short(value)})`) ? label : `${label} ${short(value)}`);

/** Lines of the same kind at the same value share their names. */
const byValue = (annotations) => {
  const found = new Map();
  for (const { label, value, color } of annotations) {
    const key = `${value} ${Boolean(color)}`;
    const names = [found.get(key)?.label, label].filter(Boolean);
    found.set(key, { value, color, label: names.join(', ') });
  }
  return [...found.values()];
};

const colorOf = ({ color }) => style(color ? '--bad' : '--quiet');

/** The lines that are farther than the axis reaches, those above and those below. */
export const beyond = (annotations, { min, max }) => {
  const lines = byValue(annotations).toSorted((a, b) => b.value - a.value);
  const of = (found, sign) =>
    found.map((line) => ({ text: `${sign} ${told(line)}`, bad: Boolean(line.color) }));
  return {
    above: of(
      lines.filter(({ value }) => value > max),
      '↑',
    ),
    below: of(
      lines.filter(({ value }) => value < min),
      '↓',
    ),
  };
};

/** What the lines are, for those who do not see them. */
export const linesInWords = (annotations) =>
  annotations.length === 0 ? '' : ` Lines: ${byValue(annotations).map(told).join('; ')}.`;

/** Draws the lines that the axis reaches. A name stands where none stands yet. */
export const drawnLines = (annotations) => ({
  id: 'lines',
  afterDatasetsDraw: ({ ctx, chartArea: area, scales: { y } }) => {
    ctx.save();
    ctx.font = `${size}px system-ui, sans-serif`;
    ctx.lineJoin = 'round';
    const taken = [];
    const free = (box) =>
      taken.every(
        (other) =>
          box.left > other.right ||
          other.left > box.right ||
          box.top > other.bottom ||
          other.top > box.bottom,
      );
    for (const line of byValue(annotations)) {
      const { value, label, color } = line;
      if (value < y.min || value > y.max) continue;
      const at = y.getPixelForValue(value);
      ctx.strokeStyle = colorOf(line);
      ctx.lineWidth = 1;
      ctx.setLineDash(color ? [5, 3] : []);
      ctx.beginPath();
      ctx.moveTo(area.left, at);
      ctx.lineTo(area.right, at);
      ctx.stroke();
      const width = ctx.measureText(label).width;
      const places = [area.right - 2 - width, area.left + 4].flatMap((left) =>
        [at - 4, at + size + 2].map((bottom) => ({ left, right: left + width, top: bottom - size, bottom })),
      );
      const inside = places.filter(({ top, bottom }) => top >= area.top && bottom <= area.bottom);
      const place = inside.find(free) ?? inside[0] ?? places[0];
      taken.push(place);
      // Over what is drawn there.
      ctx.setLineDash([]);
      ctx.lineWidth = 3;
      ctx.strokeStyle = style('--card');
      ctx.strokeText(label, place.left, place.bottom - 1);
      ctx.fillStyle = colorOf(line);
      ctx.fillText(label, place.left, place.bottom - 1);
    }
    ctx.restore();
  },
});

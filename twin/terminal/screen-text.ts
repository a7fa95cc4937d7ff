import { type Check, wrap } from '../../core/checks/index.ts';
import type { Alarm, Transition } from '../alarms/index.ts';
import { cut, paint, type Tone } from './paint.ts';
import type { Row } from './rows.ts';
import { tableLines } from './table.ts';

/** The last check that failed, and when. */
export interface LastFailure {
  minute: number;
  probe: string;
  check: Check;
}

/** Everything that the live table shows. */
export interface View {
  environment: string;
  /** Alarm minutes that have passed. */
  minute: number;
  tickSeconds: number;
  /** What happens now, such as `running the probes` or `next minute in 3 s`. */
  activity: string;
  broken: readonly string[];
  /** Where the service is: its load balancer, and the task behind it while one runs. */
  service: { url: string; address: string | undefined };
  /** Where the page for the browser is. */
  page?: string;
  rows: readonly Row[];
  alarms: readonly Alarm[];
  /** Newest last, with the alarm minute each happened in. */
  transitions: readonly { minute: number; transition: Transition }[];
  lastFailure: LastFailure | undefined;
  problems: readonly string[];
  /** A command for a shell, in parts. */
  tryIt: readonly string[];
  leftOut: readonly string[];
}

export interface Size {
  columns: number;
  rows: number;
  color: boolean;
}

const alarmTone = { OK: 'good', ALARM: 'bad', INSUFFICIENT_DATA: 'warning' } as const;
const urgency = { ALARM: 0, INSUFFICIENT_DATA: 1, OK: 2 } as const;

const labelled = (label: string, text: string, columns: number): string[] =>
  wrap(text, Math.max(20, columns - 11)).map(
    (line, index) => `  ${(index === 0 ? label : '').padEnd(9)}${line}`,
  );

const heading = (text: string, { columns, color }: Size, tone: Tone = 'strong'): string =>
  paint(cut(text, columns), tone, color);

const failureLines = ({ lastFailure, minute }: View, size: Size): string[] => {
  if (!lastFailure) return [];
  const { check, probe } = lastFailure;
  const ago = minute - lastFailure.minute;
  const when = ago === 0 ? 'found now' : `found ${ago} min ago`;
  const field = (label: string, text: string | undefined): string[] =>
    text === undefined ? [] : labelled(label, text, size.columns);
  return [
    heading(`Last failure (${when}): ${check.dependency}, ${check.target}, by ${probe}`, size),
    ...field('cause', `${check.cause} (layer ${check.layer})`),
    ...field('detail', check.detail),
    ...field('remedy', check.remedy),
    ...field('runbook', check.runbook),
  ];
};

/** What all names begin with, up to a hyphen: it need not stand in every line. */
const commonPrefix = (names: readonly string[]): string => {
  const [first = '', ...others] = names;
  const words = others.length === 0 ? [] : first.split('-').slice(0, -1);
  for (let count = words.length; count > 0; count -= 1) {
    const prefix = `${words.slice(0, count).join('-')}-`;
    if (others.every((name) => name.startsWith(prefix))) return prefix;
  }
  return '';
};

const prefixOf = ({ alarms }: View): string => commonPrefix(alarms.map(({ definition }) => definition.name));

const alarmLines = ({ alarms }: View, size: Size, prefix: string): string[] => [
  heading(prefix === '' ? 'Alarms' : `Alarms (${prefix}...)`, size),
  ...[...alarms]
    .sort((a, b) => urgency[a.state] - urgency[b.state])
    .map(({ state, definition }) => {
      const word = state === 'INSUFFICIENT_DATA' ? 'no data' : state;
      return `  ${paint(word.padEnd(9), alarmTone[state], size.color)}${cut(definition.name.slice(prefix.length), size.columns - 11)}`;
    }),
];

const told = (actions: readonly string[]): string =>
  actions.length === 0 ? '' : `, tells ${actions.map((arn) => arn.split(':').at(-1)).join(', ')}`;

const transitionLines = ({ transitions }: View, size: Size, prefix: string): string[] => {
  const last = transitions.filter(({ transition }) => transition.from !== 'INSUFFICIENT_DATA').slice(-4);
  if (last.length === 0) return [];
  return [
    heading('Alarm changes', size),
    ...last.map(({ minute, transition: { alarm, from, to, actions } }) =>
      cut(`  minute ${minute}: ${alarm.slice(prefix.length)} ${from} -> ${to}${told(actions)}`, size.columns),
    ),
  ];
};

const listLines = (title: string, items: readonly string[], size: Size, tone: Tone): string[] =>
  items.length === 0
    ? []
    : [
        heading(title, size, tone),
        ...items.flatMap((item) =>
          wrap(item, size.columns - 4).map((line, index) => `${index === 0 ? '  - ' : '    '}${line}`),
        ),
      ];

/** With the marks that a shell wants at the end of a line that goes on. */
const tryItLines = ({ tryIt }: View, size: Size): string[] =>
  tryIt.length === 0
    ? []
    : [
        heading('Try it, as an administrator of the registry', size),
        ...tryIt.map((part, index) => cut(`  ${part}${index < tryIt.length - 1 ? ' \\' : ''}`, size.columns)),
      ];

/** The sections that fit into the height, most important first, with a blank line between. */
const fitting = (sections: readonly string[][], height: number): string[] => {
  const lines: string[] = [];
  for (const section of sections) {
    if (section.length === 0) continue;
    const room = height - lines.length - (lines.length > 0 ? 1 : 0);
    if (room < Math.min(2, section.length)) break;
    if (lines.length > 0) lines.push('');
    lines.push(...section.slice(0, room));
  }
  return lines;
};

/** The whole screen as lines, none longer than the terminal is wide, and no more than it is high. */
export const screenLines = (view: View, size: Size): string[] => {
  const { environment, minute, tickSeconds, activity, broken, service } = view;
  const pace = tickSeconds === 60 ? 'real time' : `${tickSeconds} s each`;
  const status = broken.length > 0 ? `broken on purpose: ${broken.join(', ')}` : 'nothing broken on purpose';
  const head = [
    heading(`Breakwater twin: ${environment}, alarm minute ${minute} (${pace}); Ctrl-C ends it`, size),
    paint(cut(`${status}; ${activity}`, size.columns), broken.length > 0 ? 'warning' : 'quiet', size.color),
    paint(
      cut(`service at ${service.url}, task ${service.address ?? 'stopped'}`, size.columns),
      'quiet',
      size.color,
    ),
    ...(view.page === undefined
      ? []
      : [paint(cut(`page at ${view.page}`, size.columns), 'strong', size.color)]),
  ];
  const sections = [
    head,
    tableLines(view.rows, size.columns, size.color),
    listLines('Problems', view.problems, size, 'bad'),
    failureLines(view, size),
    tryItLines(view, size),
    alarmLines(view, size, prefixOf(view)),
    transitionLines(view, size, prefixOf(view)),
    listLines('Left out here', view.leftOut, size, 'quiet'),
  ];
  return fitting(sections, size.rows - 1);
};

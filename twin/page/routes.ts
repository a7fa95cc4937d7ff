import { type Answer, failure, html, json } from './answer.ts';
import type { FaultSwitch } from './fault-switch.ts';
import { fileAt } from './files.ts';
import { renderMarkdown } from './markdown.ts';
import { runbookAt } from './runbook.ts';
import type { PageSubject } from './subject.ts';
import { widgetData } from './widget-data.ts';

export interface RouteContext {
  subject: PageSubject;
  faults: FaultSwitch;
  state(): object;
}

type Handler = (context: RouteContext, url: URL, rest: string) => Answer | Promise<Answer>;

/** Alarm minutes that a graph shows unless asked for more, and the most that it shows. */
const defaultMinutes = 60;
const longestMinutes = 1440;

const noDashboard = failure(404, 'The template has no dashboard.');

const widgetOf = ({ subject }: RouteContext, url: URL) => {
  const number = Number(url.searchParams.get('widget') ?? Number.NaN);
  const { widgets = [] } = subject.twin.dashboard ?? {};
  return { number, widget: widgets[number], count: widgets.length };
};

const dashboard: Handler = ({ subject }) =>
  subject.twin.dashboard ? json(200, subject.twin.dashboard) : noDashboard;

const metrics: Handler = (context, url) => {
  const { dashboard: body, store } = context.subject.twin;
  if (!body) return noDashboard;
  const { widget, count } = widgetOf(context, url);
  if (widget?.type !== 'metric')
    return failure(404, `widget must be the number of a metric widget, 0 to ${count - 1}.`);
  const minutes = Number(url.searchParams.get('minutes') ?? defaultMinutes);
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > longestMinutes)
    return failure(400, `minutes must be a whole number from 1 to ${longestMinutes}.`);
  const { tick } = context.subject.history;
  const now = tick ? tick.at + 60_000 : Math.floor(Date.now() / 60_000) * 60_000;
  return json(200, widgetData(store, widget, now, minutes));
};

const text: Handler = (context, url) => {
  const { widget } = widgetOf(context, url);
  if (widget?.type !== 'text') return failure(404, 'widget must be the number of a text widget.');
  return html(renderMarkdown(widget.properties.markdown ?? ''));
};

/** A path that ends with `/` stands for everything below it. */
export const routes: Readonly<Record<string, Partial<Record<string, Handler>>>> = {
  '/api/state': { GET: ({ state }) => json(200, state()) },
  '/api/dashboard': { GET: dashboard },
  '/api/metrics': { GET: metrics },
  '/api/text': { GET: text },
  '/api/faults/': {
    POST: ({ faults }, _url, name) => faults.turn(name, true),
    DELETE: ({ faults }, _url, name) => faults.turn(name, false),
  },
  '/runbooks/': { GET: (_context, _url, name) => runbookAt(name) },
};

const file: Handler = (_context, { pathname }) =>
  fileAt(pathname) ?? failure(404, `There is no ${pathname}.`);

/** What a request is answered with. */
export const answerTo = async (context: RouteContext, method: string, url: URL): Promise<Answer> => {
  const { pathname } = url;
  const found = Object.entries(routes).find(([path]) =>
    path.endsWith('/') ? pathname.startsWith(path) : pathname === path,
  );
  const [path = '', handlers = { GET: file }] = found ?? [];
  const handler = handlers[method === 'HEAD' ? 'GET' : method];
  if (!handler) {
    const allow = Object.keys(handlers).join(', ');
    return { ...failure(405, `${pathname} takes ${allow}.`), headers: { allow } };
  }
  let rest: string;
  try {
    rest = decodeURIComponent(pathname.slice(path.length));
  } catch {
    return failure(400, `${pathname} is not a valid path.`);
  }
  return handler(context, url, rest);
};

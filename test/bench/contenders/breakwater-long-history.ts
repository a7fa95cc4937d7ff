/** The service after hours in which every dependency came and went: all that it keeps of the past is full. */
import { History } from '../../../service/health/history.ts';
import { startService } from '../../../service/start.ts';
import { serveParent } from '../parent.ts';

/** More than is kept of checks and of transitions. */
const past = 300;

const add = History.prototype.add;
const filled = new WeakSet<History>();
History.prototype.add = function addAfterMany(check, at) {
  if (!filled.has(this)) {
    filled.add(this);
    const { dependency, target, layer } = check;
    for (let count = past; count > 0; count--) {
      const when = at - count * 2_000;
      if (count % 2 === 0) add.call(this, { dependency, target, layer, ok: true, durationMs: 2.1 }, when);
      else {
        const failure = { cause: 'CONNECTION_REFUSED', detail: `${target} refused the connection` } as const;
        add.call(this, { dependency, target, layer, ok: false, durationMs: 0.9, ...failure }, when);
      }
    }
  }
  add.call(this, check, at);
};

const outcome = await startService(process.env, {
  routes: (_server, { breakers }) => {
    const breaker = breakers.get('mlflow');
    for (let count = 0; count < past; count++) {
      breaker?.holdOpen('bench', 'to be in the history');
      breaker?.reset('bench', 'to be in the history');
    }
  },
});
if (!outcome.ok) throw new Error(outcome.message);
const { service } = outcome;
serveParent({ port: service.port }, {}, () => service.stop('the bench is over'));

import type { AlarmRow } from './alarm-row.ts';
import { alertingRows } from './rows/alerting.ts';
import { cacheRows } from './rows/cache.ts';
import { databaseNameRows } from './rows/configuration.ts';
import { capacityRows } from './rows/connections.ts';
import { databaseRows } from './rows/database.ts';
import { loadBalancerRows } from './rows/load-balancer.ts';
import { messageRows } from './rows/messages.ts';
import { connectivityRows, networkPathSilent } from './rows/probes.ts';
import { serviceRows, taskRows } from './rows/service.ts';
import type { Watched } from './watched.ts';

/** Every alarm on a metric, in the order in which a connection is made. */
export const alarmRows = (watched: Watched): AlarmRow[] => [
  ...connectivityRows(watched),
  ...databaseNameRows(watched.functions),
  ...capacityRows(watched.functions, watched.headroomPercent),
  networkPathSilent(watched.functions),
  ...loadBalancerRows(watched),
  ...serviceRows(watched),
  ...taskRows(watched),
  ...messageRows(watched),
  ...databaseRows(watched),
  ...cacheRows(watched),
  ...alertingRows(watched),
];

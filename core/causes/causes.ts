/**
 * The closed list of causes: what can be wrong between a client and a dependency, by name.
 * Probes, service, twin, runbooks and documents use the same rows. Adding a cause is adding a row here
 * and a section with its anchor in the runbook of its layer (a test compares the two).
 */

import { authCauses } from './auth-causes.ts';
import { capacityCauses } from './capacity-causes.ts';
import type { CauseRow } from './cause-row.ts';
import { configCauses } from './config-causes.ts';
import { databaseCauses } from './database-causes.ts';
import { dnsCauses } from './dns-causes.ts';
import { protocolCauses } from './protocol-causes.ts';
import { queryCauses } from './query-causes.ts';
import { tcpCauses } from './tcp-causes.ts';
import { tlsCauses } from './tls-causes.ts';

/** Layers in the order in which a connection passes them. The number is the metric `FailedLayer`. */
export const layers = {
  config: 1,
  dns: 2,
  tcp: 3,
  tls: 4,
  auth: 5,
  database: 6,
  query: 7,
  capacity: 8,
  protocol: 9,
} as const;

export type Layer = keyof typeof layers;

/** The runbook page of each layer. */
const runbookPages: Record<Layer, string> = {
  config: 'runbooks/configuration.md',
  dns: 'runbooks/dns.md',
  tcp: 'runbooks/network.md',
  tls: 'runbooks/tls.md',
  auth: 'runbooks/credentials.md',
  database: 'runbooks/database.md',
  query: 'runbooks/query.md',
  capacity: 'runbooks/capacity.md',
  protocol: 'runbooks/protocol.md',
};

const byLayer = {
  config: configCauses,
  dns: dnsCauses,
  tcp: tcpCauses,
  tls: tlsCauses,
  auth: authCauses,
  database: databaseCauses,
  query: queryCauses,
  capacity: capacityCauses,
  protocol: protocolCauses,
};

export type CauseCode = { [L in Layer]: keyof (typeof byLayer)[L] }[Layer];

export interface Cause extends CauseRow {
  code: CauseCode;
  layer: Layer;
  /** Page and anchor, such as `runbooks/database.md#database_missing`. */
  runbook: string;
}

const entries = (Object.entries(byLayer) as [Layer, Record<string, CauseRow>][]).flatMap(([layer, rows]) =>
  Object.entries(rows).map(([code, row]) => {
    const runbook = `${runbookPages[layer]}#${code.toLowerCase()}`;
    return [code, { code: code as CauseCode, layer, runbook, ...row }] as const;
  }),
);

/** Every cause by its code. */
export const causes: Readonly<Record<CauseCode, Cause>> = Object.fromEntries(entries) as unknown as Record<
  CauseCode,
  Cause
>;

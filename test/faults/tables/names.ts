/** Names: what the name server says where the system has only two words for it. */
import { Resolver } from 'node:dns/promises';
import { type Resolvers, resolveHost } from '../../../core/checks/dns.ts';
import { budgetOf, runCheck, succeeded } from '../../../core/checks/index.ts';
import { type Answer, startNameServer } from '../../fixtures/name-server.ts';
import type { Fault, World } from '../fault.ts';

export const startNamesWorld = async (): Promise<World> => ({ secrets: [], disposables: [] });

type Row = Omit<Fault<World>, 'dependency' | 'run'> & {
  /** The code of the system's resolver, or silence. */
  system: string;
  /** What the name server answers; absent where nobody listens. */
  answer?: Answer;
};

const never = () => new Promise<never>(() => undefined);

/** As getaddrinfo fails. It stands in here; with root the real one is asked, in a network of its own. */
const systemThat = (code: string): Resolvers['system'] =>
  code === 'silence' ? never : () => Promise.reject(Object.assign(new Error(code), { code }));

const rows: readonly Row[] = [
  {
    name: 'I-25 a discovery name that nothing is registered under',
    cause: 'DNS_NOT_FOUND',
    evidence: { host: 'mlflow.example.local', system: 'ENOTFOUND', nameServer: 'ENOTFOUND' },
    system: 'ENOTFOUND',
    answer: 'NXDOMAIN',
  },
  {
    name: 'I-43 a discovery name that has lost its last instance',
    cause: 'DNS_NO_ADDRESS',
    evidence: { system: 'ENOTFOUND', nameServer: 'ENODATA' },
    system: 'ENOTFOUND',
    answer: 'NODATA',
  },
  {
    name: 'a name with addresses of IPv6 only',
    cause: 'DNS_NO_ADDRESS',
    evidence: { nameServer: 'ENODATA', ipv6: ['2001:db8::5'] },
    detail: /only IPv6/,
    system: 'ENOTFOUND',
    answer: { address6: '2001:db8::5' },
  },
  {
    name: 'a name server that does not understand the question',
    cause: 'DNS_SERVER_FAILURE',
    evidence: { nameServer: 'EFORMERR' },
    system: 'ENOTFOUND',
    answer: 'FORMERR',
  },
  {
    name: 'a name server that fails',
    cause: 'DNS_SERVER_FAILURE',
    evidence: { nameServer: 'ESERVFAIL' },
    system: 'EAI_AGAIN',
    answer: 'SERVFAIL',
  },
  {
    name: 'a name server that refuses',
    cause: 'DNS_SERVER_FAILURE',
    evidence: { nameServer: 'EREFUSED' },
    system: 'EAI_AGAIN',
    answer: 'REFUSED',
  },
  {
    name: 'a name server that does not know the kind of question',
    cause: 'DNS_SERVER_FAILURE',
    evidence: { nameServer: 'ENOTIMP' },
    system: 'EAI_AGAIN',
    answer: 'NOTIMP',
  },
  {
    name: 'a name server that is silent',
    cause: 'DNS_TIMEOUT',
    evidence: { nameServer: 'ETIMEOUT' },
    system: 'EAI_AGAIN',
    answer: 'silence',
  },
  {
    name: 'a port of the name server that nobody listens on',
    cause: 'DNS_SERVER_FAILURE',
    evidence: { nameServer: 'ECONNREFUSED' },
    system: 'EAI_AGAIN',
  },
  {
    name: 'a system that waits for ever, while the name server knows that there is no such name',
    cause: 'DNS_NOT_FOUND',
    evidence: { system: 'no answer in time' },
    system: 'silence',
    answer: 'NXDOMAIN',
  },
  {
    name: 'a system that does not find what its name server has',
    cause: 'DNS_NOT_FOUND',
    evidence: { system: 'ENOTFOUND', nameServer: ['10.0.0.5', '10.0.0.6'], differ: true },
    system: 'ENOTFOUND',
    answer: { address: ['10.0.0.6', '10.0.0.5'] },
  },
  {
    name: 'a system that waits for ever, while the name server answers',
    cause: 'DNS_TIMEOUT',
    evidence: { nameServer: ['10.0.0.5'], differ: true },
    system: 'silence',
    answer: { address: '10.0.0.5' },
  },
];

const fault = ({ system, answer, ...row }: Row): Fault<World> => ({
  ...row,
  dependency: 'mlflow',
  run: async ({ disposables }) => {
    const server = answer === undefined ? { address: '127.0.0.1:1' } : await startNameServer(answer);
    if ('close' in server) disposables.push(server.close);
    const resolvers: Resolvers = {
      system: systemThat(system),
      nameServer: (timeout) => {
        const resolver = new Resolver({ timeout, tries: 1 });
        resolver.setServers([server.address]);
        return resolver;
      },
    };
    const host = 'mlflow.example.local';
    const { check } = await runCheck('mlflow', host, async () => {
      const resolved = await resolveHost(host, budgetOf(2_000), 200, resolvers);
      return resolved.ok ? succeeded({}) : resolved;
    });
    return check;
  },
});

export const nameFaults: readonly Fault<World>[] = rows.map(fault);

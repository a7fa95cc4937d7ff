/** Rules about where the values lead. */
import { overlaps } from '../network/index.ts';
import { definitionOf, isHost, type SettingName } from '../settings/index.ts';
import type { DriftRule, TaskFacts, Variable } from './facts.ts';
import { isAsDeployed, settingOf } from './variables.ts';

/** Ranges that mean another thing on every network (RFC 1918, 3927). */
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'];

const isIpv4 = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((octet) => Number(octet) <= 255);

const bare = (host: string): string => host.toLowerCase().replace(/^\[|\]$/g, '');

export const isLoopbackHost = (host: string): boolean => {
  const name = bare(host);
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    (isIpv4(name) && overlaps('127.0.0.0/8', `${name}/32`))
  );
};

export const isPrivateAddress = (host: string): boolean => {
  const name = bare(host);
  if (isIpv4(name)) return privateRanges.some((range) => overlaps(range, `${name}/32`));
  return name.includes(':') && /^f([cd]|e[89ab])/.test(name);
};

/** Why a host cannot be meant where a task is deployed, or nothing. */
export const hostProblem = (host: string): string | undefined => {
  if (isLoopbackHost(host)) return `'${host}' is the task itself; write the name of the server`;
  return isPrivateAddress(host) ? `'${host}' is a private address, which changes; write the name` : undefined;
};

/** Whether a setting names another server: not the address to listen on, nor what runs in the same task. */
export const leadsElsewhere = (setting: SettingName): boolean =>
  setting !== 'API_HOST' && definitionOf(setting).sameTask !== true;

const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#\s]*@)?(\[[0-9a-f:.]+\]|[^/?#\s:@]+)/i;
const hostAndPort = /^(\[[0-9a-f:.]+\]|localhost|[\w-]+(?:\.[\w-]+)+):\d{1,5}$/i;

/** The host that a value leads to, if it leads to one. */
export const hostIn = (name: string, value: string): string | undefined => {
  const setting = settingOf(name);
  if (setting && !leadsElsewhere(setting)) return undefined;
  const found = url.exec(value)?.[1] ?? hostAndPort.exec(value)?.[1];
  if (found !== undefined) return bare(found);
  if (setting && definitionOf(setting).kind === 'host' && isHost(value)) return bare(value);
  return isIpv4(value) || value.toLowerCase() === 'localhost' ? bare(value) : undefined;
};

/** Every host that the plain values of a task lead to. */
export const hostsOf = (variables: readonly Variable[]): { variable: string; host: string }[] =>
  variables.flatMap(({ name, value }) => {
    const host = value === undefined ? undefined : hostIn(name, value);
    return host === undefined ? [] : [{ variable: name, host }];
  });

const hostRule =
  (
    says: (facts: TaskFacts, host: string, variable: string) => { sentence: string; fix: string } | undefined,
  ): DriftRule['find'] =>
  (facts) =>
    hostsOf(facts.running.variables).flatMap(({ variable, host }) => {
      const said = says(facts, host, variable);
      return said ? [{ variable, ...said }] : [];
    });

const writeName = 'Write the name of the server; inside the VPC its discovery name.';

/** How an upstream leads back; undefined when it does not. */
const loop = ({ own, addresses }: TaskFacts, host: string): string | undefined => {
  if (own?.hosts.some((name) => bare(name) === host)) return 'is a name of this very service';
  const shared = addresses
    ?.get(host)
    ?.find((address) => !isLoopbackHost(address) && own?.addresses.includes(address));
  return shared === undefined ? undefined : `leads to ${shared}, an address of this very service`;
};

export const addressRules = {
  'loopback-address': {
    cause: 'SETTING_INVALID',
    // A name that was deployed so is what a reference gave: on the twin, its own servers.
    find: hostRule((facts, host, variable) =>
      isLoopbackHost(host) && isAsDeployed(facts, variable) !== true
        ? { sentence: `${variable} leads to ${host}, the task itself`, fix: writeName }
        : undefined,
    ),
  },
  'private-address': {
    cause: 'SETTING_INVALID',
    find: hostRule((_facts, host, variable) =>
      isPrivateAddress(host)
        ? {
            sentence: `${variable} leads to the private address ${host}, which belongs to another task after the next deployment`,
            fix: writeName,
          }
        : undefined,
    ),
  },
  'upstream-loop': {
    cause: 'UPSTREAM_LOOP',
    find: hostRule((facts, host, variable) => {
      const how = loop(facts, host);
      return how === undefined
        ? undefined
        : {
            sentence: `${variable} leads to ${host}, which ${how}: each request would ask itself`,
            fix: 'Write the internal address of the upstream, such as its discovery name with its port.',
          };
    }),
  },
  'name-outside-namespace': {
    cause: 'SETTING_INVALID',
    find: hostRule(({ namespace }, host, variable) => {
      const domain = namespace?.toLowerCase();
      if (domain === undefined || !host.endsWith('.local') || host.endsWith(`.${domain}`)) return undefined;
      return {
        sentence: `${variable} leads to ${host}, and the discovery names here end in .${domain}`,
        fix: `Write a name that is registered under ${domain}.`,
      };
    }),
  },
} as const satisfies Record<string, DriftRule>;

import type { Assembly, Resolve } from '../template/index.ts';

const types = ['AWS::ElastiCache::ReplicationGroup', 'AWS::ElastiCache::CacheCluster'];

const from = (first: string, ...multiples: number[]): string[] => [
  first,
  'xlarge',
  ...multiples.map((many) => `${many}xlarge`),
];
const burstable = ['micro', 'small', 'medium'];
const graviton = from('large', 2, 4, 8, 12, 16);
const fifth = from('large', 2, 4, 12, 24);

/**
 * Sizes that there are of each family (ElastiCache user guide, "Supported node types"; the API reference,
 * "CacheNode", for previous generations).
 */
const sizes: Readonly<Record<string, readonly string[]>> = {
  ...{ t1: ['micro'], t2: burstable, t3: burstable, t4g: burstable },
  ...{ m1: ['small', 'medium', 'large', 'xlarge'], m2: ['xlarge', '2xlarge', '4xlarge'] },
  ...{ m3: ['medium', ...from('large', 2)], m4: from('large', 2, 4, 10), m5: fifth },
  ...{ m6g: graviton, m7g: graviton, m8g: graviton },
  ...{ c1: ['xlarge'], c7gn: graviton, c8gn: graviton },
  ...{ r3: from('large', 2, 4, 8), r4: from('large', 2, 4, 8, 16), r5: fifth },
  ...{ r6g: graviton, r6gd: graviton.slice(1), r7g: graviton, r8g: graviton },
};

/** Why there is no such node type; undefined where there is. */
const nodeTypeProblem = (node: string): string | undefined => {
  const [, family = '', size = ''] = /^cache\.([^.]+)\.([^.]+)$/.exec(node) ?? [];
  const known = Object.hasOwn(sizes, family) ? sizes[family] : undefined;
  if (!known) return 'which is no node type; write one such as cache.t4g.micro';
  if (known.includes(size)) return undefined;
  return `a size that ${family} does not have; write cache.${family}. with one of ${known.join(', ')}`;
};

/** Caches that ElastiCache would refuse. The value of a token is looked at by nobody. */
export const cacheProblems = (assembly: Assembly, resolve: Resolve): string[] =>
  types.flatMap((type) =>
    assembly.ofType(type).flatMap(({ stack, logicalId, properties }) => {
      const problems: string[] = [];
      const say = (problem: string): void => {
        problems.push(`${stack.name} ${logicalId}: ${problem}`);
      };
      const encrypted = resolve(properties.TransitEncryptionEnabled, stack);
      if (properties.AuthToken !== undefined && encrypted !== true && encrypted !== 'true')
        say(
          `AuthToken is set, and TransitEncryptionEnabled is ${JSON.stringify(encrypted) ?? 'absent'}; write true: a ` +
            'token needs encryption in transit.',
        );
      const node = resolve(properties.CacheNodeType, stack);
      const problem = node === undefined ? undefined : nodeTypeProblem(String(node));
      if (problem !== undefined) say(`CacheNodeType is ${JSON.stringify(node)}, ${problem}.`);
      return problems;
    }),
  );

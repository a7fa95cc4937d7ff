import type { Assembly, Resolve } from '../template/index.ts';

const types = ['AWS::ElastiCache::ReplicationGroup', 'AWS::ElastiCache::CacheCluster'];

/** Families and sizes that there are (ElastiCache user guide, "Supported node types"). */
const nodeType =
  /^cache\.(t2|t3|t4g|m1|m2|m3|m4|m5|m6g|m7g|c1|c7gn|r3|r4|r5|r6g|r6gd|r7g)\.(micro|small|medium|large|xlarge|(2|4|8|10|12|16|24)xlarge)$/;

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
      if (node !== undefined && !nodeType.test(String(node)))
        say(
          `CacheNodeType is ${JSON.stringify(node)}, which is no node type; write one such as cache.t4g.micro.`,
        );
      return problems;
    }),
  );

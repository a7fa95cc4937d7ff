/** Memory of RDS instance classes, GiB (AWS, DB instance class hardware specifications). */
export const instanceMemoryGib = {
  'db.t3.micro': 1,
  'db.t3.small': 2,
  'db.t3.medium': 4,
  'db.t3.large': 8,
  'db.t4g.micro': 1,
  'db.t4g.small': 2,
  'db.t4g.medium': 4,
  'db.t4g.large': 8,
  'db.m6g.large': 8,
  'db.m6g.xlarge': 16,
  'db.m6g.2xlarge': 32,
  'db.m7g.large': 8,
  'db.m7g.xlarge': 16,
  'db.m7g.2xlarge': 32,
  'db.m7g.4xlarge': 64,
  'db.r6g.large': 16,
  'db.r6g.xlarge': 32,
  'db.r7g.large': 16,
  'db.r7g.xlarge': 32,
  'db.r7g.2xlarge': 64,
} as const;

export type InstanceClass = keyof typeof instanceMemoryGib;

/**
 * Memory of an instance class, GiB.
 * @throws RangeError naming the known classes for an unknown one
 */
export const memoryOf = (instanceClass: string): number => {
  const memory = (instanceMemoryGib as Record<string, number>)[instanceClass];
  if (memory === undefined) {
    throw new RangeError(
      `Unknown instance class '${instanceClass}'. Known: ${Object.keys(instanceMemoryGib).join(', ')}; add a new one with its memory to instance-classes.ts.`,
    );
  }
  return memory;
};

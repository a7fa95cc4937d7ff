import { memoryOf } from './instance-classes.ts';

/** Bytes of instance memory for one connection, and the cap, in the default `max_connections` of RDS PostgreSQL. */
const bytesPerConnection = 9_531_392;
const connectionCap = 5000;

/**
 * Part of the memory that is sure to count. The formula works on DBInstanceClassMemory, which is what is left
 * after the operating system and the RDS processes: they take more than a quarter of the smallest classes
 * and a tenth of larger ones. 0.7 is safe for all.
 */
export const countedMemory = 0.7;

/** superuser_reserved_connections (3) and what RDS itself holds (2). */
export const serverReserved = 5;

/** Connections that one task holds beside its pool: the health monitor's and the message relay's. */
export const fixedPerTask = 2;

/**
 * Connections of functions at the same time: connectivity 1, database name 2, capacity 1, bootstrap 1, migration 1,
 * rotation 3, message operations 2.
 */
export const functionConnections = 11;

/** Connections kept free for people who must look at the server while it is full. */
export const operatorReserve = 5;

/** While tasks are replaced, ECS runs up to maximumHealthyPercent (200) of them. */
export const deploymentOverlap = 2;

/** Connections that the server surely offers to roles other than its own, for a known instance class. */
export const availableConnections = (instanceClass: string): number => {
  const bytes = memoryOf(instanceClass) * 1024 ** 3;
  const limit = Math.min(Math.floor(bytes / bytesPerConnection), connectionCap);
  return Math.floor(limit * countedMemory) - serverReserved;
};

export interface ConnectionDemand {
  instanceClass: string;
  maxTasks: number;
  /** Connections of one task's pool. */
  poolSize: number;
}

/**
 * Refuses a service that could take more connections than the database has.
 * @returns needed and available connections
 * @throws RangeError when more are needed than available, or the instance class is unknown
 */
export const checkConnectionBudget = ({ instanceClass, maxTasks, poolSize }: ConnectionDemand) => {
  const available = availableConnections(instanceClass);
  const needed =
    maxTasks * deploymentOverlap * (poolSize + fixedPerTask) + functionConnections + operatorReserve;
  if (needed > available) {
    const perTask = Math.floor(
      (available - functionConnections - operatorReserve) / (maxTasks * deploymentOverlap) - fixedPerTask,
    );
    const advice =
      perTask >= 1
        ? `Lower DATABASE_POOL_SIZE to ${perTask} or less, lower maxTasks, or take a larger class.`
        : 'Lower maxTasks or take a larger class.';
    throw new RangeError(
      `The database cannot hold the connections: ${maxTasks} tasks x ${deploymentOverlap} (deployment overlap) x (pool ${poolSize} + ${fixedPerTask} fixed) + ${functionConnections} of functions + ${operatorReserve} for operators = ${needed}, and ${instanceClass} leaves ${available}. ${advice}`,
    );
  }
  return { needed, available };
};

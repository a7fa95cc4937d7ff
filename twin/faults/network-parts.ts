/** What of the described network the faults of the network take hold of. */
import type { Network, NetworkInterface } from '../../core/network/index.ts';

export const databaseIn = ({ interfaces }: Network): NetworkInterface => {
  const database = interfaces.find(({ name }) => name === 'RDS instance');
  if (!database) throw new Error('The template has no database in its network.');
  return database;
};

/** The group that the database admits. */
export const clientGroupOf = ({ groups }: Network, database: NetworkInterface): string => {
  const admitted = groups
    .filter(({ id }) => database.groups.includes(id))
    .flatMap(({ ingress }) => ingress.flatMap(({ peer }) => ('group' in peer ? [peer.group] : [])));
  if (admitted[0] === undefined) throw new Error('The database of the template admits no group.');
  return admitted[0];
};

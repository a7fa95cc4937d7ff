import type { Assembly, TemplateResource } from '../template/index.ts';

/** What the template says of the database that the twin can do for real. */
export interface DatabaseDefinition {
  masterUser: string;
  /** The database that RDS creates with the instance; undefined when the template names none. */
  databaseName: string | undefined;
  /** Parameters of the group that PostgreSQL itself has. */
  parameters: Record<string, string>;
  /** `rds.force_ssl`. */
  requireTls: boolean;
  /** Parameters that are not applied, with the reason. */
  notApplied: { name: string; value: string; reason: string }[];
}

const literal = ({ properties, stack, logicalId }: TemplateResource, name: string): string | undefined => {
  const value = properties[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new Error(
    `${stack.name}: ${logicalId}.${name} must be a literal text, not ${JSON.stringify(value)}.`,
  );
};

const reasonAgainst = (name: string, value: string): string | undefined => {
  if (name.startsWith('rds.')) return 'a parameter of RDS, which PostgreSQL does not have';
  if (value.includes('{')) return 'a formula over the memory of the instance class';
  return undefined;
};

/** Reads the one `AWS::RDS::DBInstance` of the template and its parameter group. */
export const readDatabase = (assembly: Assembly): DatabaseDefinition => {
  const instances = assembly.ofType('AWS::RDS::DBInstance');
  const [instance] = instances;
  if (!instance || instances.length > 1)
    throw new Error(`The template has ${instances.length} AWS::RDS::DBInstance; the twin runs exactly one.`);
  const masterUser = literal(instance, 'MasterUsername');
  if (masterUser === undefined)
    throw new Error(`${instance.stack.name}: ${instance.logicalId} has no MasterUsername.`);

  const group = (instance.properties.DBParameterGroupName as { Ref?: string } | undefined)?.Ref;
  const found = group === undefined ? undefined : instance.stack.resources.get(group);
  const all = Object.entries((found?.properties.Parameters ?? {}) as Record<string, unknown>).map(
    ([name, value]) => [name, String(value)] as const,
  );
  const parameters: Record<string, string> = {};
  const notApplied: DatabaseDefinition['notApplied'] = [];
  for (const [name, value] of all) {
    const reason = reasonAgainst(name, value);
    if (name === 'rds.force_ssl') continue;
    if (reason === undefined) parameters[name] = value;
    else notApplied.push({ name, value, reason });
  }
  return {
    masterUser,
    databaseName: literal(instance, 'DBName'),
    parameters,
    requireTls: all.some(([name, value]) => name === 'rds.force_ssl' && value === '1'),
    notApplied,
  };
};

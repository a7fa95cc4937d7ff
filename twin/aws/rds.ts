import type { Assembly, Resolve, TemplateResource } from '../template/index.ts';
import { AwsError, type Operations } from './answer.ts';

/** What the running twin knows about an instance that the template does not. */
export interface DatabaseState {
  /** `available`, `stopped`, …; changed by faults. */
  status: string;
}

const describe = (instance: TemplateResource, resolve: Resolve, state: DatabaseState) => {
  const { properties, stack, logicalId } = instance;
  const property = (name: string): unknown => resolve(properties[name], stack);
  const attribute = (name: string): unknown => resolve({ 'Fn::GetAtt': [logicalId, name] }, stack);
  const managed = property('ManageMasterUserPassword') === true;
  return {
    DBInstanceIdentifier: resolve({ Ref: logicalId }, stack),
    DBInstanceArn: attribute('DBInstanceArn'),
    DbiResourceId: attribute('DbiResourceId'),
    DBInstanceClass: property('DBInstanceClass'),
    Engine: property('Engine'),
    EngineVersion: property('EngineVersion'),
    DBInstanceStatus: state.status,
    MasterUsername: property('MasterUsername'),
    DBName: property('DBName'),
    Endpoint: { Address: attribute('Endpoint.Address'), Port: attribute('Endpoint.Port') },
    AllocatedStorage: property('AllocatedStorage'),
    MultiAZ: property('MultiAZ') ?? false,
    PubliclyAccessible: property('PubliclyAccessible') ?? false,
    StorageEncrypted: property('StorageEncrypted') ?? false,
    DeletionProtection: property('DeletionProtection') ?? false,
    ...(managed && {
      MasterUserSecret: { SecretArn: attribute('MasterUserSecret.SecretArn'), SecretStatus: 'active' },
    }),
  };
};

export const rdsOperations = (assembly: Assembly, resolve: Resolve, state: DatabaseState): Operations => ({
  DescribeDBInstances: ({ DBInstanceIdentifier: wanted }) => {
    const instances = assembly
      .ofType('AWS::RDS::DBInstance')
      .map((instance) => describe(instance, resolve, state))
      .filter(
        ({ DBInstanceIdentifier: id, DBInstanceArn: arn }) =>
          wanted === undefined ||
          [id, arn].some((name) => String(name).toLowerCase() === String(wanted).toLowerCase()),
      );
    if (wanted !== undefined && instances.length === 0)
      throw new AwsError('DBInstanceNotFound', `DBInstance ${wanted} not found.`, 404);
    return { DBInstances: { DBInstance: instances } };
  },
});

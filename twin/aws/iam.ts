import type { Assembly, Resolve, TemplateResource } from '../template/index.ts';
import { AwsError, type Operations } from './answer.ts';

interface Statement {
  Effect: string;
  Action?: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, unknown>;
}

const list = <T>(value: T | T[] | undefined): T[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

/** `*` for any text, `?` for one character. Actions are compared without letter case. */
const matches = (pattern: string, text: string, flags: string): boolean => {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, flags).test(text);
};

/** A list of the query protocol: `NAME.member.1`, `NAME.member.2`, … */
const members = (input: Record<string, unknown>, name: string): string[] =>
  Object.entries(input)
    .filter(([key]) => key.startsWith(`${name}.member.`))
    .map(([, value]) => String(value));

/** The statements of the policies that the template gives a role; managed policies of AWS are not known. */
const statementsOf = (role: TemplateResource, assembly: Assembly, resolve: Resolve): Statement[] => {
  const attached = assembly
    .ofType('AWS::IAM::Policy')
    .filter(({ stack }) => stack === role.stack)
    .filter(({ properties: { Roles: roles } }) =>
      list(roles as { Ref?: string }[]).some(({ Ref: id }) => id === role.logicalId),
    )
    .map(({ properties }) => properties);
  const inline = list(role.properties.Policies as Record<string, unknown>[] | undefined);
  return [...inline, ...attached].flatMap(({ PolicyDocument: document }) =>
    list((resolve(document, role.stack) as { Statement?: Statement[] }).Statement),
  );
};

const decide = (statements: readonly Statement[], action: string, resource: string): string => {
  // Without context a condition is not met.
  const applying = statements.filter(
    ({ Action, Resource, Condition }) =>
      !Condition &&
      list(Action).some((pattern) => matches(pattern, action, 'i')) &&
      list(Resource).some((pattern) => matches(pattern, resource, '')),
  );
  if (applying.some(({ Effect }) => Effect === 'Deny')) return 'explicitDeny';
  return applying.some(({ Effect }) => Effect === 'Allow') ? 'allowed' : 'implicitDeny';
};

/** Simulates the policies that the template gives its roles. */
export const iamOperations = (assembly: Assembly, resolve: Resolve): Operations => ({
  SimulatePrincipalPolicy: (input) => {
    const arn = String(input.PolicySourceArn);
    const role = assembly
      .ofType('AWS::IAM::Role')
      .find(({ logicalId, stack }) => resolve({ 'Fn::GetAtt': [logicalId, 'Arn'] }, stack) === arn);
    if (!role) throw new AwsError('NoSuchEntity', `The role with ARN ${arn} cannot be found.`, 404);
    const statements = statementsOf(role, assembly, resolve);
    const resources = members(input, 'ResourceArns');
    return {
      EvaluationResults: {
        member: members(input, 'ActionNames').flatMap((action) =>
          (resources.length > 0 ? resources : ['*']).map((resource) => ({
            EvalActionName: action,
            EvalResourceName: resource,
            EvalDecision: decide(statements, action, resource),
          })),
        ),
      },
      IsTruncated: false,
    };
  },
});

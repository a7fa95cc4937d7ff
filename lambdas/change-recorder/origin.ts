/** Who made a call, and whether a person did it past the deployment. */
import type { Call, UserIdentity } from './event.ts';

/** `automation`: AWS itself, such as scaling, or a function of the stack, such as the rotation of a secret. */
export type How = 'hand' | 'deployment' | 'automation';

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The principal: of a role its session too, which is where the person's name is. */
export const actorOf = (identity: UserIdentity): string =>
  text(identity.arn) ??
  text(identity.invokedBy) ??
  text(identity.principalId) ??
  text(identity.accountId) ??
  'unknown';

const cloudFormation = 'cloudformation.amazonaws.com';

/** The roles of `cdk bootstrap`, whatever its qualifier is. */
const deploymentRole =
  /:role\/(?:[^/]+\/)*cdk-[a-z0-9]+-(?:cfn-exec|deploy|file-publishing|image-publishing)-role-/;

const serviceLinkedRole = /:role\/aws-service-role\//;

/** How the names of what changes configuration by itself begin. */
export interface Own {
  functions: string;
  /** Of the roles of these functions: those that a stack of ours has made. */
  roles: string;
}

/**
 * A function of the stack. What CloudTrail says of its source counts. Where that is missing, the session, which Lambda
 * names after the function; whoever assumes another role may name a session so too, and proves nothing.
 */
const isOwnFunction = ({ inScopeOf, arn }: UserIdentity, own: Own): boolean => {
  const source = text(inScopeOf?.sourceArn);
  if (source !== undefined) return source.split(':function:')[1]?.startsWith(own.functions) ?? false;
  const [, role = '', session = ''] = /:assumed-role\/([^/]+)\/(.+)$/.exec(text(arn) ?? '') ?? [];
  return role.startsWith(own.roles) && session.startsWith(own.functions);
};

/**
 * Whatever is not known to be a deployment or automation counts as done by hand: a change that nobody accounts
 * for must not hide among those that somebody does.
 */
export const howOf = ({ identity, sourceAddress }: Call, own: Own): How => {
  const issuer = text(identity.sessionContext?.sessionIssuer?.arn) ?? text(identity.arn) ?? '';
  if (identity.invokedBy === cloudFormation || sourceAddress === cloudFormation) return 'deployment';
  if (deploymentRole.test(issuer)) return 'deployment';
  if (identity.type === 'AWSService' || serviceLinkedRole.test(issuer)) return 'automation';
  return isOwnFunction(identity, own) ? 'automation' : 'hand';
};

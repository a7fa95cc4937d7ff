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

/** A function of the stack whose name begins so. What CloudTrail says of its source counts, else its session. */
const isOwnFunction = ({ inScopeOf, arn }: UserIdentity, prefix: string): boolean => {
  const source = text(inScopeOf?.sourceArn);
  if (source !== undefined) return source.split(':function:')[1]?.startsWith(prefix) ?? false;
  // Lambda names the session after the function.
  const [, , session] = /:assumed-role\/([^/]+)\/(.+)$/.exec(text(arn) ?? '') ?? [];
  return session?.startsWith(prefix) ?? false;
};

/**
 * Whatever is not known to be a deployment or automation counts as done by hand: a change that nobody accounts
 * for must not hide among those that somebody does.
 * @param ownFunctions how the names of those functions of the stack begin that change configuration
 */
export const howOf = ({ identity, sourceAddress }: Call, ownFunctions: string): How => {
  const issuer = text(identity.sessionContext?.sessionIssuer?.arn) ?? text(identity.arn) ?? '';
  if (identity.invokedBy === cloudFormation || sourceAddress === cloudFormation) return 'deployment';
  if (deploymentRole.test(issuer)) return 'deployment';
  if (identity.type === 'AWSService' || serviceLinkedRole.test(issuer)) return 'automation';
  return isOwnFunction(identity, ownFunctions) ? 'automation' : 'hand';
};

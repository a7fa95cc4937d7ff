import { Stack, Token, Validations } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';

/** Rule of the AwsSolutions pack, such as `RDS11` or `IAM5[Resource::*]`, and why it does not apply here. */
export type Acknowledgements = Readonly<Record<string, string>>;

/**
 * Accepts findings of the AwsSolutions pack on a construct and what it contains. A test fails for one that no
 * longer occurs.
 */
export const acknowledge = (scope: IConstruct, rules: Acknowledgements): void => {
  const stack = Stack.of(scope);
  /** A finding names a reference as `<AWS::Partition>`, where the application has no literal in its place. */
  const shown = (rule: string): string =>
    (['partition', 'region', 'account'] as const).reduce(
      (text, name) =>
        Token.isUnresolved(stack[name])
          ? text.replaceAll(stack[name], `<AWS::${name === 'account' ? 'AccountId' : capitalized(name)}>`)
          : text,
      rule,
    );
  Validations.of(scope).acknowledge(
    ...Object.entries(rules).map(([rule, reason]) => ({
      id: `AwsSolutions::AwsSolutions-${shown(rule)}`,
      reason,
    })),
  );
};

const capitalized = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

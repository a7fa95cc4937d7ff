import { Validations } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';

/** Rule of the AwsSolutions pack, such as `RDS11` or `IAM5[Resource::*]`, and why it does not apply here. */
export type Acknowledgements = Readonly<Record<string, string>>;

/**
 * Accepts findings of the AwsSolutions pack on a construct and what it contains. A test fails for one that no
 * longer occurs.
 */
export const acknowledge = (scope: IConstruct, rules: Acknowledgements): void => {
  Validations.of(scope).acknowledge(
    ...Object.entries(rules).map(([rule, reason]) => ({ id: `AwsSolutions::AwsSolutions-${rule}`, reason })),
  );
};

import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

export interface OperatorTokenProps {
  secretName: string;
  description: string;
}

/** The bearer token for the operator routes of the service. */
export class OperatorToken extends Construct {
  /** Key `token`. */
  readonly secret: ISecret;

  constructor(scope: Construct, id: string, props: OperatorTokenProps) {
    super(scope, id);
    this.secret = new Secret(this, 'Secret', {
      ...props,
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'token',
        // It goes into a header and through shells; 48 of 62 characters are 285 bits.
        excludePunctuation: true,
        passwordLength: 48,
      },
    });
    acknowledge(this.secret, {
      SMG4: 'A new token is put by hand whenever an operator leaves; the service reads it again by itself.',
    });
  }
}

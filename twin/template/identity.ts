/** What the stack would be deployed into. An account number that AWS never gives out. */
export const account = '000000000000';
export const region = 'us-east-1';
export const partition = 'aws';

/** `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`. */
export const arn = (service: string, resource: string): string =>
  `arn:${partition}:${service}:${region}:${account}:${resource}`;

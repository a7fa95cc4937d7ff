export {
  DatabaseCredentials,
  type DatabaseCredentialsProps,
  type RotationProps,
} from './database-credentials.ts';
export { OperatorToken, type OperatorTokenProps } from './operator-token.ts';

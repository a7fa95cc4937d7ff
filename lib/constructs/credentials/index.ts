export {
  DatabaseCredentials,
  type DatabaseCredentialsProps,
  type RotationProps,
} from './database-credentials.ts';

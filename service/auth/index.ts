export { type PresentedKey, presentedKey } from './api-key.ts';
export { type AskAuthService, askAuthService, type Verdict } from './auth-service.ts';
export { type Authenticator, createAuthenticator } from './authenticator.ts';
export type { Accepted, SharedCache } from './cache.ts';
export { createGuard, type Guard } from './guard.ts';
export { type Identity, type RegistryAdmins, writeScopes } from './identity.ts';
export { keyErrors } from './operations.ts';
export { redisKeyCache } from './redis-cache.ts';

export { completeInBackground } from './completion.ts';
export { mlflowRegistry } from './mlflow-registry.ts';
export { addRegistrationRoutes, registerRoute } from './routes.ts';

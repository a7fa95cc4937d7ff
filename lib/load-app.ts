import { enableCompileCache } from 'node:module';

/**
 * The application's functions, loaded fast: esbuild bundles the functions in its own process while the CDK
 * loads, and what Node compiled once it finds again.
 */
export const loadApp = async (): Promise<typeof import('./app.ts')> => {
  enableCompileCache();
  const { prepareBundles } = await import('./bundles.ts');
  const [app] = await Promise.all([import('./app.ts'), prepareBundles()]);
  return app;
};

/** What the image of the service is built from, below the project's root; everything else stays out of it. */
export const imageFiles: readonly string[] = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'core',
  'service',
  '.dockerignore',
];

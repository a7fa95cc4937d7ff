/** The names of client.py's steps: a test names them, so that none can be lost without a word. */
export const firstHalf = [
  'create experiment',
  'start run',
  'log params',
  'log metrics',
  'log batch',
  'set tags',
  'upload text',
  'upload large file',
  'upload empty file',
  'upload dictionary',
  'upload odd names',
  'list artifacts',
  'download artifacts',
];

export const outage = [
  'wait for the outage',
  'read during the outage',
  'write during the outage',
  'upload during the outage',
  'wait for the restart',
];

export const secondHalf = [
  'go on with the run',
  'log and register model',
  'end run',
  'list artifacts',
  'download artifacts',
  'create registered model',
  'create model version',
  'set alias',
  'get by alias',
  'load model by alias',
  'search experiments',
  'search runs',
  'search registered models',
  'search model versions',
  'see own mistakes',
  'delete models',
  'delete run and experiment',
];

export { type Lacking, lackingOf } from './lacking.ts';
export { type Right, type TableNeed, tableNeeds } from './needs.ts';

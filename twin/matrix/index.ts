export { faultsMain } from './main.ts';

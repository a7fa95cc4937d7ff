export { Bootstrap, type BootstrapProps } from './bootstrap.ts';

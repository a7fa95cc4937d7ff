export { remove as default } from './run-directory.js';

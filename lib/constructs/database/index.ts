export { Database, type DatabaseProps, postgresMajor } from './database.ts';

export { networkOf, type TemplateOptions } from './network.ts';
export { stackOf, type TemplateResource, type TemplateStack } from './values.ts';

export {
  type Assembly,
  type Properties,
  readAssembly,
  type Stack,
  type TemplateResource,
} from './assembly.ts';
export { type Address, masterSecretName, referenceValues, type TwinAddresses } from './attributes.ts';
export { account, arn, region } from './identity.ts';
export { createResolver, type Resolve, UnresolvedReference } from './resolver.ts';

export { environmentOf, lambdaVariables, type TwinEnvironment, twinVariables } from './environment.ts';
export {
  bundledFunctions,
  type FunctionDefinition,
  functionArn,
  hasVariable,
  readFunction,
} from './function-definition.ts';
export {
  createFunctionProcess,
  type FunctionProcess,
  type Invocation,
} from './function-process.ts';

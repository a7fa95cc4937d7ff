export { BundledFunction, type BundledFunctionProps, type FunctionNetwork } from './bundled-function.ts';

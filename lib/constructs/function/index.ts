export { BundledFunction, type BundledFunctionProps, type FunctionNetwork } from './bundled-function.ts';
export { bundleOf } from './bundles.ts';

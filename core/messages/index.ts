export {
  type ModelReadyFacts,
  type ModelReadyToDeploy,
  modelReady,
  modelReadyType,
  tokenSymbolPattern,
} from './model-ready.ts';

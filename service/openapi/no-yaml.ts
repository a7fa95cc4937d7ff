/** Stands in for `yaml` in the bundle, which it would make a tenth larger: the document is JSON. */
export const stringify = (): never => {
  throw new Error('the OpenAPI document is JSON');
};

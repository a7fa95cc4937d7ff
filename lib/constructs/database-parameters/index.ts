export { chosenParameters } from './chosen-parameters.ts';
export { type ParameterForm, type ParameterUnit, parameterTable } from './parameter-table.ts';
export { formOf, type ParameterValue, type ParameterValues, renderParameters } from './render-parameters.ts';

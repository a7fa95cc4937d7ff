export { evaluateExpression, type Points } from './evaluation.ts';
export { type MathQuery, type MetricDataQuery, readMathPeriod, readMathQueries } from './queries.ts';
export { MathSyntaxError, parseExpression } from './syntax.ts';
export { typeOf } from './types.ts';

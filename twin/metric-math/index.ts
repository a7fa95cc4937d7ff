export { evaluateExpression, type Points } from './evaluation.ts';
export { type MathQuery, type MetricDataQuery, readMathQueries } from './queries.ts';
export { MathSyntaxError, parseExpression } from './syntax.ts';
export { MathRefused, typeOf } from './types.ts';

import { type ParameterForm, type ParameterUnit, parameterTable } from './parameter-table.ts';

/** A value with its unit, so that seconds in a parameter of milliseconds are refused. */
export interface ParameterValue {
  value: boolean | number | string | readonly string[];
  unit?: ParameterUnit;
  /** Why this value. */
  reason: string;
}

export type ParameterValues = Readonly<Record<string, ParameterValue>>;

/** The form that a parameter has in a major version, or a sentence that says why there is none. */
export const formOf = (name: string, major: number): ParameterForm | string => {
  const forms = parameterTable[name];
  if (!forms) {
    return `'${name}' is not in the parameter table; known are ${Object.keys(parameterTable).join(', ')}.`;
  }
  const form = forms.find(({ first, last }) => first <= major && major <= (last ?? Number.POSITIVE_INFINITY));
  if (form) return form;
  const range = forms.map(({ first, last }) => (last ? `${first} to ${last}` : `${first} and newer`));
  return `'${name}' does not exist in PostgreSQL ${major}, only in ${range.join(', ')}; leave it out.`;
};

const problemOf = (
  name: string,
  form: ParameterForm,
  { value, unit }: ParameterValue,
): string | undefined => {
  switch (form.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `'${name}' is '${value}'; write true or false.`;
    case 'number':
      if (typeof value !== 'number' || !Number.isInteger(value)) {
        return `'${name}' is '${value}'; write a whole number of ${form.unit}.`;
      }
      if (unit !== form.unit) {
        return `'${name}' is given in ${unit ?? 'no unit'}; PostgreSQL counts it in ${form.unit}.`;
      }
      return value < form.min || value > form.max
        ? `'${name}' is ${value} ${form.unit}; write ${form.min} to ${form.max}.`
        : undefined;
    case 'choice':
      return form.choices.includes(String(value))
        ? undefined
        : `'${name}' is '${value}'; write one of ${form.choices.join(', ')}.`;
    case 'list': {
      const wrong = Array.isArray(value) ? value.find((item) => !form.choices.includes(item)) : value;
      return wrong === undefined
        ? undefined
        : `'${name}' has '${wrong}'; write a list of ${form.choices.join(', ')}.`;
    }
  }
};

const text = ({ value }: ParameterValue): string => {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return Array.isArray(value) ? value.join(',') : String(value);
};

/** Waiting for a lock longer than a statement may run would never be seen as waiting for a lock. */
const relationProblems = (values: ParameterValues): string[] => {
  const [lock, statement] = [values.lock_timeout?.value, values.statement_timeout?.value];
  return typeof lock === 'number' && typeof statement === 'number' && lock >= statement
    ? [`'lock_timeout' (${lock}) must be shorter than 'statement_timeout' (${statement}).`]
    : [];
};

/**
 * The parameters as RDS takes them, texts in PostgreSQL's own units. Names without the prefix `rds.` mean the
 * same to a plain PostgreSQL of that major version.
 * @throws RangeError with every problem: an unknown name, one that this major version lacks, a wrong unit or
 * a value out of bounds
 */
export const renderParameters = (major: number, values: ParameterValues): Record<string, string> => {
  const problems = Object.entries(values).flatMap(([name, value]) => {
    const form = formOf(name, major);
    const problem = typeof form === 'string' ? form : problemOf(name, form, value);
    return problem ? [problem] : [];
  });
  problems.push(...relationProblems(values));
  if (problems.length > 0) {
    throw new RangeError(`The parameter group for PostgreSQL ${major} is wrong:\n  ${problems.join('\n  ')}`);
  }
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]));
};

import { postgresMajor as major } from '../../lib/constructs/database/index.ts';
import {
  chosenParameters,
  formOf,
  type ParameterValue,
  renderParameters,
} from '../../lib/constructs/database-parameters/index.ts';
import { heading, table } from './table.ts';

const rendered = renderParameters(major, chosenParameters(major));

const row = ([name, { unit, reason }]: [string, ParameterValue]): string[] => {
  const form = formOf(name, major);
  const takesEffect = typeof form === 'object' && form.apply === 'static' ? 'after a restart' : 'at once';
  return [`\`${name}\``, `\`${rendered[name]}\``, unit ?? '', takesEffect, reason];
};

export const databaseParametersPage = (): string =>
  [
    heading('Database parameters', 'lib/constructs/database-parameters/'),
    `The parameter group of PostgreSQL ${major}. A name that this version does not have, a value out of bounds, or a
unit that the parameter is not counted in ends the synthesis. Limits of a session, such as statement_timeout,
hold for connections that do not set their own.`,
    table(
      ['parameter', 'value', 'unit', 'takes effect', 'why'],
      Object.entries(chosenParameters(major)).map(row),
    ),
  ].join('\n\n');

import { expect, test } from '@jest/globals';
import { readAssembly } from '../../../twin/template/index.ts';
import { resolveWithoutServers, templateProblems } from '../../../twin/template-checks/index.ts';
import { cases } from './synthesized.ts';

test.each(cases)(
  '%s has no problem that the validation of templates would not find',
  (_name, { directory }) => {
    const assembly = readAssembly(directory);
    expect(assembly.ofType('AWS::CloudWatch::Alarm').length).toBeGreaterThan(0);
    expect(templateProblems(assembly, resolveWithoutServers(assembly))).toEqual([]);
  },
);

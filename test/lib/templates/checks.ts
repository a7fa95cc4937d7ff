import { describe, expect, test } from '@jest/globals';
import { definitionOf, settingNames } from '../../../core/settings/index.ts';
import { cases, type Json, resourcesOf } from './synthesized.ts';

describe.each(cases)('checks of %s', (_name, { report, acknowledged, reasons, templates }) => {
  test('the AwsSolutions pack and the template validation ran and found nothing', () => {
    const plugins = report.pluginReports.map(({ pluginName, conclusion, violations }: Json) => [
      pluginName,
      conclusion,
      violations,
    ]);
    expect(plugins).toContainEqual(['AwsSolutions', 'success', []]);
    expect(plugins).toContainEqual(['CloudFormation Validate', 'success', []]);
    expect(plugins.every(([, conclusion]: [string, string]) => conclusion === 'success')).toBe(true);
  });

  test('every acknowledgement covers a finding that still occurs', () => {
    const used = report.pluginReports.flatMap(({ suppressedViolations = [] }: Json) =>
      suppressedViolations.map(
        ({ acknowledgedAt, acknowledgedId }: Json) => `${acknowledgedAt} ${acknowledgedId}`,
      ),
    );
    expect(acknowledged.length).toBeGreaterThan(5);
    expect(acknowledged.filter((id) => !used.includes(id))).toEqual([]);
  });

  test('every acknowledgement says why in a sentence', () => {
    for (const reason of reasons) expect(reason).toMatch(/^.{20,}$/s);
  });

  test('no environment holds a secret, and no template a password', () => {
    const secret = settingNames.filter((name) => ['secret', 'secret-url'].includes(definitionOf(name).kind));
    const names = Object.values(templates).flatMap((template) => [
      ...resourcesOf(template, 'AWS::Lambda::Function').flatMap(({ Properties }) =>
        Object.keys(Properties.Environment?.Variables ?? {}),
      ),
      ...resourcesOf(template, 'AWS::ECS::TaskDefinition').flatMap(({ Properties }) =>
        Properties.ContainerDefinitions.flatMap(({ Environment }: Json) =>
          Environment.map(({ Name }: Json) => Name),
        ),
      ),
    ]);
    expect(names).toContain('DATABASE_SECRET_ID');
    expect(names.filter((name) => (secret as string[]).includes(name))).toEqual([]);
    const text = JSON.stringify(templates);
    expect(/"(MasterUserPassword|SecretString)":/.exec(text)?.[0]).toBeUndefined();
    const tokens = [...text.matchAll(/"AuthToken":(.{0,60})/g)].map(([, value]) => value);
    for (const token of tokens) expect(token).toContain('{{resolve:secretsmanager:');
  });
});

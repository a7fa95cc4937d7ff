import { describe, expect, test } from '@jest/globals';
import { cases, type Json } from './synthesized.ts';

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

  test('no password, token or key stands in a template', () => {
    const text = JSON.stringify(templates);
    expect(text).not.toMatch(
      /"(Name":")?(DATABASE_PASSWORD|REDIS_AUTH_TOKEN|ADMIN_TOKEN)"[:,]"?(Value":)?"[^"]/,
    );
    expect(text).not.toMatch(/"(MasterUserPassword|SecretString)"/);
    const tokens = [...text.matchAll(/"AuthToken":(.{0,60})/g)].map(([, value]) => value);
    for (const token of tokens) expect(token).toContain('{{resolve:secretsmanager:');
  });
});

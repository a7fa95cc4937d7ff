import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rowsOf, screenLines, tickLines } from '../../twin/terminal/index.ts';
import { alarms, at, failing, outcome, passing, view } from './terminal-view.ts';

describe('the live table', () => {
  test('shows dependency, layer, cause, latency and alarm state at 80 columns', () => {
    const lines = screenLines(view(), { columns: 80, rows: 40, color: false });
    const row = lines.find((line) => line.startsWith('postgres '));
    expect(row).toMatch(/^postgres +connectivity +tls +TLS_CERTIFICATE_NOT_YET_VALID +23 ms +ALARM$/);
    expect(lines.find((line) => line.startsWith('auth '))).toMatch(/query +ok +23 ms +OK$/);
  });

  test('shows the whole cause, detail, remedy and runbook of the last failure below it', () => {
    const text = screenLines(view(), { columns: 80, rows: 40, color: false }).join('\n');
    for (const part of [failing.cause, failing.detail, failing.remedy, failing.runbook])
      expect(text).toContain(part);
  });

  test('keeps dependency, cause and alarm where the terminal is narrow', () => {
    const lines = screenLines(view(), { columns: 50, rows: 40, color: false });
    expect(lines.find((line) => line.startsWith('postgres '))).toMatch(/TLS_CERTIFICATE\S+ +ALARM$/);
  });

  test('fits any terminal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 46, max: 200 }), fc.integer({ min: 6, max: 60 }), (columns, rows) => {
        const lines = screenLines(view(), { columns, rows, color: false });
        expect(lines.length).toBeLessThan(rows);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      }),
    );
  });

  test('shows a command that tries the gateway as a shell takes it over two lines, and nothing without one', () => {
    const size = { columns: 80, rows: 40, color: false };
    expect(screenLines(view(), size).join('\n')).toContain(
      "  curl -H 'Authorization: Bearer hk_live_key' \\\n  'http://127.0.0.1:40001/models'\n",
    );
    expect(screenLines(view({ tryIt: [] }), size).join('\n')).not.toContain('Try it');
  });

  test('shows where the page is, above all that may not fit', () => {
    const page = 'http://127.0.0.1:40002';
    const lines = screenLines(view({ page }), { columns: 80, rows: 12, color: false });
    expect(lines.slice(0, 4)).toContain(`page at ${page}`);
  });

  test('shows a probe that did not report as failed, with the reason', () => {
    const { report: _, ...silent } = outcome([], ['Sandbox.Timedout: Task timed out']);
    const [row] = rowsOf([silent], alarms, at);
    expect(row).toMatchObject({ state: 'failed', cause: 'Sandbox.Timedout: Task timed out' });
  });

  test('shows the worst of the alarms that watch what the row measures, and none of another dependency', () => {
    const rows = rowsOf([outcome([passing('postgres'), passing('auth')])], alarms, at);
    expect(rows.map((row) => row.alarm)).toEqual(['ALARM', 'OK']);
  });
});

describe('where no table can be drawn', () => {
  test('a minute is a line, and each new cause and each change of an alarm is one more', () => {
    const lines = tickLines(view(), undefined);
    expect(lines[0]).toBe('minute 003 postgres TLS_CERTIFICATE_NOT_YET_VALID ALARM | auth ok (query, 23 ms)');
    expect(lines[1]).toContain('the certificate is valid from tomorrow on. Wait');
    expect(lines[2]).toBe(
      'minute 003 alarm hokusai-development-postgres-down: OK -> ALARM. Threshold Crossed',
    );
    expect(tickLines(view({ minute: 4 }), view())).toHaveLength(1);
  });
});

import { describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { App, Stack } from 'aws-cdk-lib/core';
import { place } from '../../lib/constructs/dashboard/layout.ts';
import { Dashboard } from '../../lib/index.ts';

const text = { kind: 'text', markdown: '' } as const;

describe('the layout of a row', () => {
  test('shares what is left among the cells without a width, to the last column', () => {
    const cells = [{ width: 5, widgets: [text] }, ...Array.from({ length: 3 }, () => ({ widgets: [text] }))];
    expect(place([{ height: 4, cells }]).map(({ x, width }) => [x, width])).toEqual([
      [0, 5],
      [5, 6],
      [11, 6],
      [17, 7],
    ]);
  });

  test('stacks the widgets of a cell over the whole height, and rows below each other', () => {
    const cells = [{ widgets: [text, text] }];
    expect(
      place([
        { height: 7, cells },
        { height: 2, cells },
      ]).map(({ y, height }) => [y, height]),
    ).toEqual([
      [0, 3],
      [3, 4],
      [7, 1],
      [8, 1],
    ]);
  });

  test('refuses what would leave a gap, run over, or vanish', () => {
    const fixed = (width: number) => [{ height: 2, cells: [{ width, widgets: [text] }] }];
    expect(() => place(fixed(20))).toThrow('20 of 24 columns');
    expect(() => place(fixed(25))).toThrow('25 of 24 columns');
    expect(() => place([{ height: 1, cells: [{ widgets: [text, text] }] }])).toThrow('stacks 2 widgets');
  });
});

describe('a dashboard on what exists', () => {
  const bodyOf = (
    props: Partial<ConstructorParameters<typeof Dashboard>[2]>,
    prepare?: (stack: Stack) => object,
  ) => {
    const stack = new Stack(new App(), 'Watch', { env: { account: '111122223333', region: 'eu-west-1' } });
    new Dashboard(stack, 'Dashboard', {
      name: 'orders',
      environment: 'production',
      dependencies: ['postgres'],
      alarms: new Map(),
      ...props,
      ...prepare?.(stack),
    });
    const [page] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
    const body = page?.Properties.DashboardBody;
    return typeof body === 'string'
      ? body
      : body['Fn::Join'][1].filter((part: unknown) => typeof part === 'string').join('');
  };

  test('needs nothing but a probe, and shows nothing of what is not there', () => {
    const body = bodyOf({});
    expect(JSON.parse(body).widgets.length).toBeGreaterThan(5);
    for (const absent of ['AWS/', 'mlflow', 'BreakerState', '"alarm"']) expect(body).not.toContain(absent);
  });

  test('counts what it shows of ours for its price, unless it is told what is published', () => {
    const customMetrics = (body: string) => Number(/\| custom metrics \| (\d+)/.exec(body)?.[1]);
    const { widgets } = JSON.parse(bodyOf({}));
    const shown = new Set<string>(
      widgets
        .flatMap(({ properties }: { properties: { metrics?: string[][] } }) => properties.metrics ?? [])
        .map(([, metric]: string[]) => metric),
    );
    expect(shown.size).toBeGreaterThan(4);
    expect(customMetrics(bodyOf({}))).toBe(shown.size);
    expect(customMetrics(bodyOf({ customMetrics: 3 }))).toBe(3);
  });

  test('links to the runbooks where they can be read', () => {
    expect(bodyOf({ runbooksUrl: 'https://example.com/main/' })).toContain(
      '[Runbook](https://example.com/main/runbooks/network.md#connect_timeout)',
    );
  });

  test('shows an alarm of a name that it does not know, last', () => {
    const body = bodyOf({}, (stack) => {
      const metric = new Metric({ namespace: 'Other', metricName: 'Errors' });
      const alarm = new Alarm(stack, 'Alarm', { metric, threshold: 1, evaluationPeriods: 1 });
      return { alarms: new Map([['of-another-team', alarm]]) };
    });
    expect(body).toContain('Alarms of the monitoring');
  });
});

import { CfnDashboard, CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnOutput, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { bodyOf } from './body.ts';
import { runbooksAt } from './runbooks.ts';
import { sectionsOf } from './sections/index.ts';
import type { Subject } from './subject.ts';
import { type AlarmsByCondition, metricsOf } from './thresholds.ts';

export interface DashboardProps extends Omit<Subject, 'runbooks' | 'monitoring'> {
  /** Of the dashboard; letters, digits, hyphens and underscores. */
  name: string;
  /** Alarms by condition, which are shown beside their graphs; a condition without an alarm is left out. */
  alarms: AlarmsByCondition;
  /** Series of ours that are billed; unless given, as many as the graphs show, whether somebody publishes them or not. */
  customMetrics?: number;
  /** Where the checkout is readable, such as `https://github.com/OWNER/REPOSITORY/blob/main`. */
  runbooksUrl?: string;
}

/**
 * One page for whoever is woken at night. What is not given has no section, so that it stands on an existing
 * database with nothing but a probe as well.
 */
export class Dashboard extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { name, alarms, customMetrics, runbooksUrl, ...subject }: DashboardProps,
  ) {
    super(scope, id);
    const stack = Stack.of(this);
    const all = [...alarms.values()];
    const single = all.filter((alarm) => !(alarm instanceof CompositeAlarm));
    const sections = sectionsOf(
      {
        ...subject,
        runbooks: runbooksAt(runbooksUrl),
        monitoring: {
          customMetrics,
          alarmMetrics: single.reduce((sum, alarm) => sum + metricsOf(alarm), 0),
          composites: all.length - single.length,
        },
      },
      [...alarms.keys()],
    );
    new CfnDashboard(this, 'Page', {
      dashboardName: name,
      dashboardBody: stack.toJsonString(bodyOf(sections, { region: stack.region, alarms })),
    });
    new CfnOutput(this, 'Url', {
      description: 'The dashboard',
      value: `https://${stack.region}.console.aws.amazon.com/cloudwatch/home?region=${stack.region}#dashboards/dashboard/${name}`,
    });
  }
}

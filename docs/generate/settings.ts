import {
  definitionOf,
  type SettingDefinition,
  type SettingGroup,
  type SettingName,
  settingNames,
} from '../../core/settings/index.ts';
import { heading, table } from './table.ts';

const groups: Record<SettingGroup, string> = {
  service: 'The service itself',
  postgres: 'PostgreSQL',
  redis: 'Redis',
  mlflow: 'MLflow',
  auth: 'Auth service',
  messages: 'Messages',
  probe: 'Probes',
  notifier: 'Notifications',
};

const bounds = ({ kind, min, max, choices }: SettingDefinition): string => {
  if (choices) return choices.map((choice) => `\`${choice}\``).join(', ');
  if (kind === 'boolean') return '`true`, `false`';
  if (kind === 'port') return '1 to 65535';
  if (kind === 'ratio') return '0 to 1';
  if (min === undefined || max === undefined) return '';
  const unit = kind === 'seconds' ? ' s' : kind === 'list' ? ' entries' : '';
  return `${min} to ${max}${unit}`;
};

const row = (name: SettingName): string[] => {
  const definition = definitionOf(name);
  const { kind, aliases = [], doc, reason, readers } = definition;
  return [
    [name, ...aliases].map((each) => `\`${each}\``).join('<br>'),
    kind,
    definition.default === undefined ? '' : `\`${definition.default}\``,
    bounds(definition),
    reason ? `${doc} (${reason})` : doc,
    readers.join(', '),
  ];
};

export const settingsPage = (): string =>
  [
    heading('Settings', 'core/settings/definitions/'),
    `Every environment variable that is read. Durations are in seconds unless the name ends in \`_MS\`. An empty
value counts as not set. Further names in the first column are aliases; an alias and its setting with different
values are an error. Values of kind \`secret\` and \`secret-url\` are never printed.

Always needed: \`DATABASE_HOST\`, \`DATABASE_NAME\` and \`DATABASE_USER\` with \`DATABASE_PASSWORD\` or
\`DATABASE_SECRET_ID\` (or \`DATABASE_URL\` instead of all), \`MLFLOW_TRACKING_URI\`, \`AUTH_SERVICE_URL\`; and
\`REDIS_HOST\` or \`REDIS_URL\` where \`REDIS_ENABLED\` is true.`,
    ...Object.entries(groups).map(([group, title]) => {
      const names = settingNames.filter((name) => definitionOf(name).group === group);
      const head = ['name', 'kind', 'default', 'allowed', 'meaning', 'read by'];
      return `## ${title}\n\n${table(head, names.map(row))}`;
    }),
  ].join('\n\n');

/** Rules about what runs against what was deployed. During a roll-out both may run; then nothing is compared. */
import { shownValue } from '../settings/index.ts';
import type { DriftRule, Found, TaskFacts, TaskRevision } from './facts.ts';
import { mayBeShown } from './values.ts';
import { variableNamed } from './variables.ts';

type Settled = TaskFacts & { deployed: TaskRevision };

const comparing =
  (compare: (facts: Settled) => Found[]): DriftRule['find'] =>
  (facts) =>
    facts.deployed && !facts.rollingOut ? compare(facts as Settled) : [];

const namesOf = ({ variables }: TaskRevision): string[] => [...new Set(variables.map(({ name }) => name))];

const listed = (revision: TaskRevision, name: string): string =>
  variableNamed(revision, name)?.from === 'secrets' ? 'a secret' : 'plain text';

const shown = (name: string, value: string): string =>
  mayBeShown(name, value) ? shownValue(value) : 'another value';

const change = ({ running, deployed }: Settled, name: string): string | undefined => {
  const [runs, was] = [variableNamed(running, name), variableNamed(deployed, name)];
  if (!runs || !was) return undefined;
  if (runs.from !== was.from)
    return `${name} was deployed as ${listed(deployed, name)} and runs as ${listed(running, name)}`;
  if (runs.reference !== was.reference)
    return `${name} was deployed with the reference ${was.reference} and runs with ${runs.reference}`;
  if (runs.value === was.value || runs.value === undefined || was.value === undefined) return undefined;
  return mayBeShown(name, runs.value) && mayBeShown(name, was.value)
    ? `${name} was deployed as ${shown(name, was.value)} and runs as ${shown(name, runs.value)}`
    : `${name} runs with another value than was deployed`;
};

const registered = ({ newest }: TaskFacts): string =>
  newest?.registeredBy
    ? ` (registered by ${newest.registeredBy}${newest.registeredAt ? `, ${newest.registeredAt}` : ''})`
    : '';

/** A short form of a digest that still tells two apart. */
const short = (digest: string): string => digest.slice(0, 'sha256:'.length + 12);

export const revisionRules = {
  'revision-not-deployed': {
    cause: 'TASK_DEFINITION_DRIFT',
    find: comparing(({ running, deployed, newest }) =>
      running.name === deployed.name
        ? []
        : [
            {
              sentence: `revision ${running.name} runs, and ${deployed.name} was deployed${newest?.name === running.name ? registered({ newest } as TaskFacts) : ''}`,
              fix: 'Deploy the service stack again, and look in the audit log for who changed the service. What the hand-made revision was for belongs into a commit.',
            },
          ],
    ),
  },
  'revision-not-used': {
    cause: 'TASK_DEFINITION_DRIFT',
    find: (facts) => {
      const { running, deployed, newest, rollingOut } = facts;
      if (rollingOut || !newest || [running.name, deployed?.name].includes(newest.name)) return [];
      return [
        {
          sentence: `revision ${newest.name} is the newest${registered(facts)}, and ${running.name} runs`,
          fix: 'Deploy what it was registered for, or deregister it: the next roll-out by hand would take it.',
        },
      ];
    },
  },
  'name-not-running': {
    cause: 'TASK_DEFINITION_DRIFT',
    find: comparing(({ running, deployed }) =>
      namesOf(deployed)
        .filter((name) => !variableNamed(running, name))
        .map((variable) => ({
          variable,
          sentence: `${variable} was deployed as ${listed(deployed, variable)}, and the running task does not have it`,
        })),
    ),
  },
  'name-not-deployed': {
    cause: 'TASK_DEFINITION_DRIFT',
    find: comparing(({ running, deployed }) =>
      namesOf(running)
        .filter((name) => !variableNamed(deployed, name))
        .map((variable) => ({
          variable,
          sentence: `the running task has ${variable} as ${listed(running, variable)}, which was not deployed`,
        })),
    ),
  },
  'value-not-deployed': {
    cause: 'TASK_DEFINITION_DRIFT',
    find: comparing((facts) =>
      namesOf(facts.running).flatMap((variable) => {
        const sentence = change(facts, variable);
        return sentence === undefined ? [] : [{ variable, sentence }];
      }),
    ),
  },
  'role-not-deployed': {
    cause: 'TASK_DEFINITION_DRIFT',
    find: comparing(({ running, deployed }) =>
      running.executionRole === deployed.executionRole
        ? []
        : [
            {
              sentence: `the execution role is ${running.executionRole ?? 'none'}, and ${deployed.executionRole ?? 'none'} was deployed`,
            },
          ],
    ),
  },
  'image-not-deployed': {
    cause: 'TASK_DEFINITION_DRIFT',
    find: comparing(({ running, deployed }) =>
      running.image === deployed.image
        ? []
        : [{ sentence: `the image is ${running.image}, and ${deployed.image} was deployed` }],
    ),
  },
  'image-moved': {
    cause: 'TASK_DEFINITION_DRIFT',
    find: ({ running, images = [] }) => {
      const pinned = /@(sha256:[0-9a-f]+)$/.exec(running.image ?? '')?.[1];
      const digests = new Map<string, string>();
      for (const { task, revision, digest } of images)
        if (revision === running.name && digest !== undefined && !digests.has(digest))
          digests.set(digest, task);
      const wanted =
        pinned === undefined || digests.size === 0 || (digests.size === 1 && digests.has(pinned));
      if (wanted && digests.size < 2) return [];
      const each = [...digests].map(([digest, task]) => `${short(digest)} (task ${task})`).join(', ');
      return [
        {
          sentence: `tasks of revision ${running.name} run ${each}${pinned ? `, and the revision names ${short(pinned)}` : ': the tag of their image was moved between their starts'}`,
          fix: 'Deploy the service stack again, so that every task starts from one image; give each image a tag of its own.',
        },
      ];
    },
  },
} as const satisfies Record<string, DriftRule>;

/** The commits that run against the one that is meant to run. Where they come from is not the business of this file. */

/**
 * How a commit that runs stands to the one that is meant to. `same files` holds for two commits, too, whose
 * images are made from the same files: the newer one was never built, or the older one was put back by a revert.
 */
export type CommitRelation = 'same files' | 'older' | 'newer' | 'apart' | 'not known here';

export interface IntendedCommit {
  commit: string;
  /** ISO 8601. */
  time: string;
}

/** A checkout of the project, as far as it goes about the image. */
export interface Checkout {
  /** The last commit of the files that go into the image, or why this checkout cannot tell it. */
  intended(): Promise<{ ok: true; value: IntendedCommit } | { ok: false; reason: string }>;
  relation(running: string, intended: string): Promise<CommitRelation>;
}

/** What some of the answers said. */
export interface RunningCommit {
  commit: string;
  version: string;
  /** How many of the answers said so. */
  answers: number;
  /** Absent where the service does not know its commit. */
  relation?: CommitRelation;
}

export interface CommitDrift {
  /** What is wrong. */
  sentence: string;
  /** What to do. */
  fix: string;
}

/** Whether a text is the id of a commit, whole or shortened, as against `unknown` or the name of a release. */
export const isCommitId = (text: string): boolean => /^[0-9a-f]{7,64}$/i.test(text);

type Difference = Exclude<CommitRelation, 'same files'>;

/** What each difference is called, and what to do about it; of several the first counts. */
const differences: Record<Difference, { says: string; fix: string }> = {
  older: {
    says: 'older',
    fix: 'Deploy the service stack from this checkout; or check out the commit that is meant to run, and ask again.',
  },
  newer: {
    says: 'newer',
    fix: 'Bring this checkout up to date and ask again; if its commit is the one that is meant to run, roll back by deploying the service stack from it.',
  },
  apart: {
    says: 'on another branch',
    fix: 'Deploy the service stack from the commit that is meant to run; or check that commit out, and ask again.',
  },
  'not known here': {
    says: 'not known to this checkout',
    fix: 'Fetch and ask again; if it stays unknown, the image was built elsewhere: deploy the service stack from the commit that is meant to run.',
  },
};

/** Enough of an id to tell two apart. */
const short = (commit: string): string => commit.slice(0, 12);

const inWords = ({ relation }: RunningCommit): string => {
  if (relation === undefined) return 'which does not say what it is';
  return relation === 'same files' ? 'as meant' : differences[relation as Difference].says;
};

const meant = ({ commit, time }: IntendedCommit): string =>
  `${short(commit)} of ${time.slice(0, 10)} is meant to run, the last commit of the image's files in this checkout`;

/** What is wrong with the commits that run; undefined when nothing is. */
export const commitDrift = (
  running: readonly RunningCommit[],
  intended: IntendedCommit,
): CommitDrift | undefined => {
  const first = (Object.keys(differences) as Difference[]).find((difference) =>
    running.some(({ relation }) => relation === difference),
  );
  if (first === undefined) return undefined;
  const { fix } = differences[first];
  const [only] = running;
  if (running.length === 1 && only)
    return {
      sentence: `commit ${short(only.commit)} runs (version ${only.version}), which is ${inWords(only)}; ${meant(intended)}`,
      fix,
    };
  const each = running.map(
    (one) =>
      `${short(one.commit)} (version ${one.version}, ${one.answers} ${one.answers === 1 ? 'answer' : 'answers'}, ${inWords(one)})`,
  );
  return {
    sentence: `${running.length} commits run at the same time: ${each.join(', ')}; ${meant(intended)}`,
    fix: `Wait for the end of a roll-out and ask again. If one is left that differs: ${fix}`,
  };
};

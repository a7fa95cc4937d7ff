import { execFileSync } from 'node:child_process';

/** Build arguments of service/Dockerfile: what `/version` answers. */
export type CommitArguments = Record<'GIT_COMMIT' | 'GIT_COMMIT_TIME', string>;

/** Asks git for the last commit that changed one of these paths: its id and its time, one on each line. */
export const lastCommitQuestion = (paths: readonly string[]): string[] => [
  'log',
  '-1',
  '--format=%H%n%cI',
  '--',
  ...paths,
];

export const commitIn = (answer: string): CommitArguments | undefined => {
  const [commit, time] = answer.split('\n');
  return commit && time ? { GIT_COMMIT: commit, GIT_COMMIT_TIME: time } : undefined;
};

/** Whoever owns the checkout: a container runs as another account than the one that cloned. */
export const anyOwner: readonly string[] = ['-c', 'safe.directory=*'];

/** The last commit that changed one of these paths; nothing without git, or outside of a working tree. */
export const lastCommit = (directory: string, paths: readonly string[]): CommitArguments | undefined => {
  try {
    const answer = execFileSync('git', [...anyOwner, ...lastCommitQuestion(paths)], {
      cwd: directory,
      encoding: 'utf8',
      timeout: 5_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return commitIn(answer);
  } catch {
    return undefined;
  }
};

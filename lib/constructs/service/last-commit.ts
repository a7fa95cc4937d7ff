import { execFileSync } from 'node:child_process';

/** Build arguments of service/Dockerfile: what `/version` answers. */
export type CommitArguments = Record<'GIT_COMMIT' | 'GIT_COMMIT_TIME', string>;

/** The last commit that changed one of these paths; nothing without git, or outside of a working tree. */
export const lastCommit = (directory: string, paths: readonly string[]): CommitArguments | undefined => {
  const log = ['-c', 'safe.directory=*', 'log', '-1', '--format=%H%n%cI', '--', ...paths];
  try {
    const [commit, time] = execFileSync('git', log, {
      cwd: directory,
      encoding: 'utf8',
      timeout: 5_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).split('\n');
    return commit && time ? { GIT_COMMIT: commit, GIT_COMMIT_TIME: time } : undefined;
  } catch {
    return undefined;
  }
};

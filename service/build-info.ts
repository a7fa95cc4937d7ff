import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What this program is. Baked into the image; read from the working tree where it runs from source. */
export interface BuildInfo {
  version: string;
  /** Full SHA of the commit, or `unknown`. */
  gitCommit: string;
  /** ISO 8601 time of that commit, or `unknown`. */
  commitTime: string;
}

/** Beside the bundle in the image. */
export const buildInfoFile = 'build-info.json';

const readJson = (url: URL): Record<string, unknown> | undefined => {
  try {
    return JSON.parse(readFileSync(url, 'utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
};

const commitOf = (directory: URL): { gitCommit: string; commitTime: string } => {
  try {
    const log = ['-c', 'safe.directory=*', 'log', '-1', '--format=%H%n%cI'];
    const [gitCommit = 'unknown', commitTime = 'unknown'] = execFileSync('git', log, {
      cwd: directory,
      encoding: 'utf8',
      timeout: 2_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split('\n');
    return { gitCommit, commitTime };
  } catch {
    // No git, or no working tree: an image that was built without its arguments.
    return { gitCommit: 'unknown', commitTime: 'unknown' };
  }
};

/** From the variables of the image build, or else from the working tree. */
export const collectBuildInfo = (env: NodeJS.ProcessEnv = process.env): BuildInfo => {
  const root = new URL('../', import.meta.url);
  const { version } = readJson(new URL('package.json', root)) ?? {};
  const { GIT_COMMIT: gitCommit, GIT_COMMIT_TIME: commitTime } = env;
  const commit = gitCommit && commitTime ? { gitCommit, commitTime } : commitOf(root);
  return { version: String(version ?? 'unknown'), ...commit };
};

/** What the bundle carries with it; a program that runs from source looks itself. */
export const readBuildInfo = (): BuildInfo =>
  (readJson(new URL(buildInfoFile, import.meta.url)) as BuildInfo | undefined) ?? collectBuildInfo({});

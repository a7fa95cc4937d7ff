/** What a checkout of the project says of the commits of the service's image. */
import type { Checkout, CommitRelation } from '../../core/drift/index.ts';
import { askGit } from './git.ts';
import { imageFiles } from './image-files.ts';
import { commitIn, lastCommitQuestion } from './last-commit.ts';

type Intended = Awaited<ReturnType<Checkout['intended']>>;

/** Why the last commit of a file cannot be trusted here; undefined when it can. */
const obstacle = async (directory: string): Promise<string | undefined> => {
  const [shallow, changes] = await Promise.all([
    askGit(directory, ['rev-parse', '--is-shallow-repository']),
    askGit(directory, ['status', '--porcelain', '--untracked-files=normal', '--', ...imageFiles]),
  ]);
  if (!shallow.ok) return shallow.reason;
  if (!changes.ok) return changes.reason;
  if (shallow.text.trim() === 'true')
    return 'this checkout is shallow, which hides the last commit of its files: write git fetch --unshallow';
  const [first, ...more] = changes.text.split('\n').filter(Boolean);
  if (first === undefined) return undefined;
  const others = more.length > 0 ? ` and ${more.length} more` : '';
  return `this checkout has changes of the image's files that are not committed (${first.slice(3)}${others})`;
};

const intendedIn = async (directory: string): Promise<Intended> => {
  const reason = await obstacle(directory);
  if (reason !== undefined) return { ok: false, reason };
  const answer = await askGit(directory, lastCommitQuestion(imageFiles));
  if (!answer.ok) return answer;
  const found = commitIn(answer.text);
  return found
    ? { ok: true, value: { commit: found.GIT_COMMIT, time: found.GIT_COMMIT_TIME } }
    : { ok: false, reason: "git knows no commit of the image's files here" };
};

const relationIn = async (directory: string, running: string, intended: string): Promise<CommitRelation> => {
  if (running === intended) return 'same files';
  const says = async (...question: string[]): Promise<string | undefined> => {
    const answer = await askGit(directory, question);
    return answer.ok ? answer.text.trim() : undefined;
  };
  const commit = await says('rev-parse', '--verify', '--quiet', `${running}^{commit}`);
  if (!commit) return 'not known here';
  const [runs, wanted] = await Promise.all(
    [commit, intended].map((one) => says('ls-tree', one, '--', ...imageFiles)),
  );
  if (runs !== undefined && runs === wanted) return 'same files';
  const isBefore = async (one: string, other: string): Promise<boolean> =>
    (await says('merge-base', '--is-ancestor', one, other)) !== undefined;
  if (await isBefore(commit, intended)) return 'older';
  return (await isBefore(intended, commit)) ? 'newer' : 'apart';
};

/** Asks the git of this folder. A commit that changes no file of the image is none of the image. */
export const checkoutOf = (directory: string): Checkout => ({
  intended: () => intendedIn(directory),
  relation: (running, intended) => relationIn(directory, running, intended),
});

import { execFile } from 'node:child_process';
import { anyOwner } from './last-commit.ts';

/** What git answered, or why it did not. */
export type GitAnswer = { ok: true; text: string } | { ok: false; reason: string };

/** Longest run of one git command, milliseconds. */
const longestMs = 5_000;

/** Only looks: it takes no lock, asks for no password, and speaks the language that its words are known in. */
const looking = { GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };

const reasonOf = (error: Error & { code?: unknown; killed?: boolean }, stderr: string): string => {
  if (error.code === 'ENOENT') return 'git is not installed here';
  if (error.killed) return `git did not answer within ${longestMs / 1_000} s`;
  if (/not a git repository/i.test(stderr)) return 'this is no git checkout';
  return `git failed: ${stderr.trim().split('\n')[0] || error.message}`;
};

/** Asks git without holding up what else runs in this process. */
export const askGit = (directory: string, question: readonly string[]): Promise<GitAnswer> =>
  new Promise((resolve) => {
    const options = { cwd: directory, timeout: longestMs, env: { ...process.env, ...looking } };
    execFile('git', [...anyOwner, ...question], options, (error, stdout, stderr) =>
      resolve(error ? { ok: false, reason: reasonOf(error, stderr) } : { ok: true, text: stdout }),
    );
  });

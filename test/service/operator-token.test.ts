import { describe, expect, it } from '@jest/globals';
import { createSecretReader, type FetchSecret } from '../../core/checks/index.ts';
import { Secret } from '../../core/settings/index.ts';
import { createOperatorToken } from '../../service/admin/token.ts';

const tokenFrom = (fetch: FetchSecret, now: () => number = () => 0) =>
  createOperatorToken({ secretId: 'admin' }, createSecretReader(fetch, { timeoutMs: 100 }), {
    readMs: 200,
    now,
  });

describe('an operator token in a secret', () => {
  it('is read once for many requests, and again after a rotation', async () => {
    let text = 'first';
    let readings = 0;
    let time = 0;
    const token = tokenFrom(
      async () => {
        readings += 1;
        return JSON.stringify({ token: text });
      },
      () => time,
    );
    expect(await token.judge('Bearer first')).toBe('accepted');
    expect(await token.judge('Bearer first')).toBe('accepted');
    expect(readings).toBe(1);
    text = 'second';
    time += 60_000;
    expect(await token.judge('Bearer second')).toBe('accepted');
    expect(await token.judge('Bearer first')).toBe('rejected');
    expect(readings).toBe(2);
  });

  it('is not read at the pace of whoever guesses', async () => {
    let readings = 0;
    const token = tokenFrom(async () => {
      readings += 1;
      return JSON.stringify({ token: 'right' });
    });
    for (let count = 0; count < 50; count += 1) expect(await token.judge(`Bearer ${count}`)).toBe('rejected');
    expect(readings).toBe(2);
  });

  it('that cannot be read is unavailable, and never accepted', async () => {
    const failing = tokenFrom(() => Promise.reject(new Error('away')));
    expect(await failing.judge('Bearer x')).toBe('unavailable');
    const hanging = tokenFrom(() => new Promise(() => undefined));
    expect(await hanging.judge('Bearer x')).toBe('unavailable');
    const empty = tokenFrom(async () => JSON.stringify({ token: '' }));
    expect(await empty.judge('Bearer ')).toBe('rejected');
    expect(await empty.judge('Bearer x')).toBe('unavailable');
  });
});

describe('an operator token that is set', () => {
  const none = createSecretReader(() => Promise.reject(new Error('no')), { timeoutMs: 10 });

  it.each([
    [undefined, 'missing'],
    ['Bearer right', 'accepted'],
    ['bearer right', 'accepted'],
    ['Bearer right ', 'rejected'],
    ['Bearer  right', 'rejected'],
    ['Bearer righ', 'rejected'],
    ['Bearer rightt', 'rejected'],
    ['Basic right', 'rejected'],
    ['right', 'rejected'],
    ['', 'rejected'],
    [`Bearer ${'x'.repeat(100_000)}`, 'rejected'],
  ] as const)('judges %j as %s', async (header, verdict) => {
    const token = createOperatorToken({ token: new Secret('right') }, none, { readMs: 10 });
    expect(await token.judge(header)).toBe(verdict);
  });
});

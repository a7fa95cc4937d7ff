import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  allowedAttributes,
  bytesOf,
  deduplicationIdOf,
  entryOf,
  groupIdOf,
} from '../../../../core/messages/sqs/entry.ts';
import { leased } from './leased.ts';

/** What XML 1.0 has a character for; SQS refuses everything else. */
const allowed = /^[\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u;

describe('the group of a key', () => {
  it.each(['model', 'a/b.c-d_e', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~', 'x'.repeat(128)])(
    'is the key where SQS allows it: %s',
    (key) => expect(groupIdOf(key)).toBe(key),
  );

  it.each(['real model', 'modèle', 'x'.repeat(129), 'a\nb', `sha256:${'0'.repeat(64)}`, '\u{1F600}'])(
    'is a hash where not, or where it looks like one: %j',
    (key) => expect(groupIdOf(key)).toMatch(/^sha256:[\da-f]{64}$/),
  );

  it('is one that SQS takes, and another for another key', () => {
    const key = fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), fc.constant('a b'));
    fc.assert(
      fc.property(key, key, (one, other) => {
        expect(groupIdOf(one)).toMatch(/^[!-~]{1,128}$/);
        expect(groupIdOf(one) === groupIdOf(other)).toBe(one === other);
      }),
    );
    expect(groupIdOf(groupIdOf('a b'))).not.toBe(groupIdOf('a b'));
  });
});

describe('the deduplication id', () => {
  const failure = { at: '2026-01-02T03:04:05Z', attempt: 1, reason: 'refused' };

  it('is the id of the message, however often it is sent', () => {
    const message = leased();
    expect(deduplicationIdOf(message)).toBe(message.id);
    expect(deduplicationIdOf({ ...message, attempts: 3 } as typeof message)).toBe(message.id);
  });

  it('is another one after a failed attempt, so that SQS does not throw away what is delivered again', () => {
    const message = leased({ failures: [failure] });
    expect(deduplicationIdOf(message)).toBe(`${message.id}:1`);
  });
});

describe('an entry', () => {
  it('has the envelope as its body, and type and trace id beside it', () => {
    const message = leased({ headers: { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' } });
    const { body, attributes } = entryOf(message);
    expect(JSON.parse(body)).toEqual({
      message_id: message.id,
      message_type: 'model_ready_to_deploy',
      payload: { model_name: 'model' },
      timestamp: '2026-01-02T03:04:05.678',
      retry_count: 0,
      max_retries: 3,
    });
    expect(attributes).toEqual({
      message_type: 'model_ready_to_deploy',
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    });
    expect(entryOf(leased()).attributes).toEqual({ message_type: 'model_ready_to_deploy' });
  });

  it('has only characters that SQS takes, and says the same with them', () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom('\uFFFE', '\uFFFF', '\0', '\uD800'), fc.string()),
    });
    fc.assert(
      fc.property(text, (value) => {
        const { body } = entryOf(leased({ payload: { value } }));
        expect(body).toMatch(allowed);
        expect(JSON.parse(body).payload.value).toBe(value);
        for (const attribute of Object.values(allowedAttributes({ value }))) {
          expect(attribute).toMatch(allowed);
          expect(attribute).not.toBe('');
        }
      }),
    );
  });

  it('is as long as SQS counts: bytes of the body, and names, types and values of the attributes', () => {
    expect(bytesOf({ body: 'é', attributes: {} })).toBe(2);
    expect(bytesOf({ body: '', attributes: { ab: 'é' } })).toBe(2 + 'String'.length + 2);
  });
});

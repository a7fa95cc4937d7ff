import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addressText, alone, holds, parseRange } from '../../../../core/network/index.ts';

describe('addresses of both families', () => {
  test.each([
    ['10.0.0.0/8', 167_772_160n, 184_549_375n, 8],
    ['10.0.3.7', 167_772_935n, 167_772_935n, 32],
    ['::/0', 0n, 2n ** 128n - 1n, 0],
    ['::1', 1n, 1n, 128],
    ['fd00::/16', 0xfd00n << 112n, (0xfd01n << 112n) - 1n, 16],
    ['::ffff:10.0.3.7', 0xffff0a000307n, 0xffff0a000307n, 128],
    ['2001:db8:0:0:0:0:0:9', 0x20010db8000000000000000000000009n, 0x20010db8000000000000000000000009n, 128],
    // EC2 clears the bits beyond the prefix.
    ['10.0.3.7/24', 167_772_928n, 167_773_183n, 24],
  ])('%s has its first and last', (text, first, last, length) => {
    expect(parseRange(text)).toMatchObject({ first, last, length });
  });

  test.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.0/33',
    '10.0.0.0/x',
    'fd00::1::2',
    'fd00:1',
    '1:2:3:4:5:6:7:8:9',
    '::12345',
    'fd00::/129',
    '::10.0.0.300',
    'sg-1',
  ])("'%s' is refused", (text) => {
    expect(() => parseRange(text)).toThrow(RangeError);
  });

  test('an address written and read again is the same', () => {
    const value = fc.oneof(
      fc.bigInt(0n, 2n ** 32n - 1n).map((number) => [number, 4] as const),
      fc.bigInt(0n, 2n ** 128n - 1n).map((number) => [number, 6] as const),
    );
    fc.assert(
      fc.property(value, ([number, family]) => {
        const text = addressText(number, family);
        expect(parseRange(text)).toMatchObject({ family, first: number, last: number });
        expect(holds(alone(text), text)).toBe(true);
      }),
    );
  });

  test('no range holds one of the other family', () => {
    expect(holds('0.0.0.0/0', '::/0')).toBe(false);
    expect(holds('::/0', '10.0.0.1')).toBe(false);
  });
});

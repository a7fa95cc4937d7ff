import { afterAll, describe, expect, test } from '@jest/globals';
import { createResolver, type Stack, UnresolvedReference } from '../../twin/template/index.ts';
import { createFixture } from './template-fixture.ts';

const fixture = createFixture({
  data: {
    Resources: {
      Instance: { Type: 'AWS::RDS::DBInstance', Properties: { DBInstanceIdentifier: 'hokusai-dev' } },
      Tracking: {
        Type: 'AWS::SSM::Parameter',
        Properties: { Name: '/x/mlflow/tracking-uri', Value: 'http://deployed' },
      },
      Other: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/x/other', Value: 'kept' } },
      Queue: { Type: 'AWS::SQS::Queue' },
      Unknown: { Type: 'AWS::Nobody::Knows' },
    },
    Outputs: {
      Host: {
        Value: { 'Fn::GetAtt': ['Instance', 'Endpoint.Address'] },
        Export: { Name: 'fixture-data:Host' },
      },
    },
    Parameters: { Given: { Type: 'String', Default: 'value' }, Bare: { Type: 'String' } },
  },
  service: {},
});
const [data, service] = fixture.assembly.stacks as [Stack, Stack];
const { resolve } = fixture;
afterAll(fixture.remove);

describe('the resolver', () => {
  test.each<[string, unknown, unknown]>([
    ['Ref of a resource', { Ref: 'Instance' }, 'hokusai-dev'],
    ['Ref of a parameter with a default', { Ref: 'Given' }, 'value'],
    ['Ref of a pseudo-parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['Instance', 'Endpoint.Port'] }, '55432'],
    ['Fn::GetAtt as a text', { 'Fn::GetAtt': 'Instance.Endpoint.Address' }, 'localhost'],
    ['the address of an upstream', { 'Fn::GetAtt': ['Tracking', 'Value'] }, 'http://localhost:5001'],
    ['any other SSM parameter', { 'Fn::GetAtt': ['Other', 'Value'] }, 'kept'],
    ['Fn::Join', { 'Fn::Join': ['/', ['a', { Ref: 'AWS::StackName' }]] }, 'a/fixture-data'],
    ['Fn::Join over Fn::Split', { 'Fn::Join': ['-', { 'Fn::Split': ['.', 'a.b'] }] }, 'a-b'],
    [
      'Fn::Sub with attribute, variable and literal',
      { 'Fn::Sub': ['${Instance.Endpoint.Port}/${v}/${!keep}', { v: { Ref: 'Given' } }] },
      '55432/value/${keep}',
    ],
    ['Fn::Select over Fn::Split', { 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    ['a name made up by CloudFormation', { 'Fn::GetAtt': ['Queue', 'QueueName'] }, 'fixture-data-Queue'],
    ['values inside objects and lists', { a: [{ Ref: 'Given' }, 1, true] }, { a: ['value', 1, true] }],
  ])('resolves %s', (_, value, expected) => {
    expect(resolve(value, data)).toEqual(expected);
  });

  test('follows an import and a stack output into the stack that has the value', () => {
    expect(resolve({ 'Fn::ImportValue': 'fixture-data:Host' }, service)).toBe('localhost');
    const weak = (StackName: string) => ({ 'Fn::GetStackOutput': { StackName, OutputName: 'Host' } });
    expect(resolve(weak('fixture-data'), service)).toBe('localhost');
    expect(resolve(weak('arn:aws:cloudformation:us-east-1:0:stack/fixture-data/*'), service)).toBe(
      'localhost',
    );
  });

  test.each<[string, unknown, string]>([
    ['a resource that is not there', { Ref: 'Nothing' }, 'Ref Nothing (no such resource)'],
    [
      'an attribute that is not known',
      { 'Fn::GetAtt': ['Instance', 'Hidden'] },
      'Fn::GetAtt Instance.Hidden (AWS::RDS::DBInstance)',
    ],
    ['a type that is not known', { Ref: 'Unknown' }, 'Ref Unknown (AWS::Nobody::Knows)'],
    ['a parameter without a default', { Ref: 'Bare' }, 'Ref Bare'],
    ['an intrinsic function that is not known', { 'Fn::Cidr': [] }, 'Fn::Cidr'],
    ['an import that nobody exports', { 'Fn::ImportValue': 'nowhere' }, '"nowhere"'],
    [
      'an output that is not there',
      { 'Fn::GetStackOutput': { StackName: 'fixture-data', OutputName: 'No' } },
      'no output No',
    ],
    [
      'a dynamic reference without a value',
      '{{resolve:secretsmanager:gone}}',
      '{{resolve:secretsmanager:gone}}',
    ],
    ['an item that is not in the list', { 'Fn::Select': [3, ['a']] }, 'no item 3'],
  ])('names %s instead of making up a text', (_, value, message) => {
    expect(() => resolve(value, data)).toThrow(UnresolvedReference);
    expect(() => resolve(value, data)).toThrow(message);
    expect(() => resolve(value, data)).toThrow('fixture-data');
  });

  test('replaces a dynamic reference that is put together from pieces', () => {
    const withSecret = createResolver(fixture.assembly, {
      attribute: () => 'arn:secret',
      pseudo: () => undefined,
      dynamic: (reference) =>
        reference === 'secretsmanager:arn:secret:SecretString:token::' ? 't' : undefined,
    });
    const joined = {
      'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: 'Instance' }, ':SecretString:token::}}']],
    };
    expect(withSecret(joined, data)).toBe('t');
  });
});

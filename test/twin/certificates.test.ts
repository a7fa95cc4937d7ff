import { X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createCertificateAuthority } from '../../twin/certificates.ts';

test('a certificate names each DNS name and IP address that it is issued for, and no other', async () => {
  const authority = await createCertificateAuthority();
  const { certificatePem } = await authority.issue({ names: ['localhost', '127.0.0.1', 'fe80::1:2'] });
  const certificate = new X509Certificate(certificatePem);
  expect(certificate.verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true);
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.subjectAltName).toContain('FE80:0:0:0:0:0:1:2');
  expect(certificate.checkHost('127.0.0.1')).toBeUndefined();
  expect(certificate.checkHost('other')).toBeUndefined();
});

test('a certificate is valid between the given times, after 2049 as well', async () => {
  const authority = await createCertificateAuthority();
  const [notBefore, notAfter] = [new Date('2049-12-31T23:59:59Z'), new Date('2050-01-01T00:00:01Z')];
  const { certificatePem } = await authority.issue({ names: ['localhost'], notBefore, notAfter });
  const certificate = new X509Certificate(certificatePem);
  expect(certificate.validFromDate).toEqual(notBefore);
  expect(certificate.validToDate).toEqual(notAfter);
});

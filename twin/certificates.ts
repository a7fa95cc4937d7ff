// The library registers its parts by decorators and wants this first.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** Names under which servers of this machine are reached. */
export const localNames: readonly string[] = ['localhost', '127.0.0.1'];

/** What a certificate is issued for. */
export interface CertificateOptions {
  /** DNS names and IP addresses; the first one is the subject as well. */
  names: readonly string[];
  /** Default: an hour ago, so that clocks may differ. */
  notBefore?: Date;
  /** Default: 90 days from now. */
  notAfter?: Date;
}

export interface IssuedCertificate {
  certificatePem: string;
  /** PKCS #8. */
  keyPem: string;
}

/** Issues server certificates that a client accepts when it trusts `certificatePem`. */
export interface CertificateAuthority {
  certificatePem: string;
  issue(options: CertificateOptions): Promise<IssuedCertificate>;
}

const day = 86_400_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

const keyPair = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

/** Positive, at most 20 octets (RFC 5280, 4.1.2.2). */
const serialNumber = (): string => `01${randomBytes(15).toString('hex')}`;

/** A new authority with its own key; nothing is kept on disk. */
export const createCertificateAuthority = async (
  name = 'Breakwater twin CA',
): Promise<CertificateAuthority> => {
  const own = await keyPair();
  const issuer = [{ CN: [name] }];
  const authority = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: issuer,
    notBefore: new Date(Date.now() - 400 * day),
    notAfter: new Date(Date.now() + 400 * day),
    keys: own,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(own.publicKey),
    ],
  });

  const issue = async ({ names, notBefore, notAfter }: CertificateOptions): Promise<IssuedCertificate> => {
    const [subject] = names;
    if (subject === undefined) throw new RangeError('A certificate needs at least one name; names is empty.');
    const leaf = await keyPair();
    const certificate = await X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      issuer,
      subject: [{ CN: [subject] }],
      notBefore: notBefore ?? new Date(Date.now() - day / 24),
      notAfter: notAfter ?? new Date(Date.now() + 90 * day),
      publicKey: leaf.publicKey,
      signingKey: own.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
        ),
        await SubjectKeyIdentifierExtension.create(leaf.publicKey),
        await AuthorityKeyIdentifierExtension.create(own.publicKey),
      ],
    });
    const key = await webcrypto.subtle.exportKey('pkcs8', leaf.privateKey);
    return { certificatePem: certificate.toString('pem'), keyPem: PemConverter.encode(key, 'PRIVATE KEY') };
  };

  return { certificatePem: authority.toString('pem'), issue };
};

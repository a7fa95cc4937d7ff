import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import {
  bitString,
  boolean,
  context,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from './der.ts';

/** What a certificate is issued for. */
export interface CertificateOptions {
  /** DNS names and IP addresses; the first one is the subject as well. */
  names: string[];
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
const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));

const distinguishedName = (commonName: string): Buffer =>
  sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(commonName))));

const extension = (identifier: string, critical: boolean, value: Uint8Array): Buffer =>
  sequence(objectIdentifier(identifier), ...(critical ? [boolean(true)] : []), octetString(value));

const subjectPublicKey = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

/** Identifies a key inside certificates (RFC 7093, 2, method 4: a hash of the whole public key info). */
const keyIdentifier = (key: KeyObject): Buffer =>
  createHash('sha256').update(subjectPublicKey(key)).digest().subarray(0, 20);

const ipv6Octets = (address: string): Buffer => {
  const [head = '', tail] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = Array<string>(tail === undefined ? 0 : 8 - before.length - after.length).fill('0');
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
};

const generalName = (name: string): Buffer => {
  if (isIP(name) === 0) return context(2, Buffer.from(name, 'ascii'), 'primitive');
  return context(7, isIPv4(name) ? Buffer.from(name.split('.').map(Number)) : ipv6Octets(name), 'primitive');
};

interface Contents {
  issuer: string;
  subject: string;
  notBefore: Date;
  notAfter: Date;
  publicKey: KeyObject;
  extensions: Buffer[];
}

const signed = (contents: Contents, key: KeyObject): string => {
  const certificate = sequence(
    context(0, integer(Buffer.from([2])), 'constructed'),
    // Positive, at most 20 octets (RFC 5280, 4.1.2.2).
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    distinguishedName(contents.issuer),
    sequence(time(contents.notBefore), time(contents.notAfter)),
    distinguishedName(contents.subject),
    subjectPublicKey(contents.publicKey),
    context(3, sequence(...contents.extensions), 'constructed'),
  );
  const signature = sign('sha256', certificate, key);
  return new X509Certificate(sequence(certificate, ecdsaWithSha256, bitString(signature))).toString();
};

const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

const identifiers = { subjectKey: '2.5.29.14', keyUsage: '2.5.29.15', alternativeNames: '2.5.29.17' };
const basicConstraints = '2.5.29.19';
const authorityKey = '2.5.29.35';
const extendedKeyUsage = '2.5.29.37';
const serverAuthentication = '1.3.6.1.5.5.7.3.1';

/** A new authority with its own key; nothing is kept on disk. */
export const createCertificateAuthority = async (
  name = 'Breakwater twin CA',
): Promise<CertificateAuthority> => {
  const own = keyPair();
  const certificatePem = signed(
    {
      issuer: name,
      subject: name,
      notBefore: new Date(Date.now() - 400 * day),
      notAfter: new Date(Date.now() + 400 * day),
      publicKey: own.publicKey,
      extensions: [
        extension(basicConstraints, true, sequence(boolean(true))),
        // keyCertSign and cRLSign: bits 5 and 6.
        extension(identifiers.keyUsage, true, bitString(Buffer.from([0b0000_0110]), 1)),
        extension(identifiers.subjectKey, false, octetString(keyIdentifier(own.publicKey))),
      ],
    },
    own.privateKey,
  );

  const issue = async ({ names, notBefore, notAfter }: CertificateOptions): Promise<IssuedCertificate> => {
    const [subject] = names;
    if (subject === undefined) throw new RangeError('A certificate needs at least one name; names is empty.');
    const leaf = keyPair();
    const pem = signed(
      {
        issuer: name,
        subject,
        notBefore: notBefore ?? new Date(Date.now() - day / 24),
        notAfter: notAfter ?? new Date(Date.now() + 90 * day),
        publicKey: leaf.publicKey,
        extensions: [
          extension(basicConstraints, true, sequence()),
          // digitalSignature: bit 0.
          extension(identifiers.keyUsage, true, bitString(Buffer.from([0b1000_0000]), 7)),
          extension(extendedKeyUsage, false, sequence(objectIdentifier(serverAuthentication))),
          extension(identifiers.alternativeNames, false, sequence(...names.map(generalName))),
          extension(identifiers.subjectKey, false, octetString(keyIdentifier(leaf.publicKey))),
          extension(authorityKey, false, sequence(context(0, keyIdentifier(own.publicKey), 'primitive'))),
        ],
      },
      own.privateKey,
    );
    return {
      certificatePem: pem,
      keyPem: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  };

  return { certificatePem, issue };
};

import { chown, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IssuedCertificate } from '../certificates.ts';
import type { Account } from './postgres-binaries.ts';

/** What can be changed while the server runs. */
export interface PostgresConfiguration {
  /** Server parameters by name; they win over the twin's own. */
  parameters?: Record<string, string>;
  /** With a certificate TLS is offered. */
  certificate?: IssuedCertificate;
  /** Only connections with TLS are admitted, as `rds.force_ssl` does. */
  requireTls?: boolean;
  /** The lines of `pg_hba.conf`, in place of the ones that `requireTls` gives. */
  hba?: string[];
}

/** Nothing here is worth keeping after a crash, so nothing waits for the disk. */
const own: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  dynamic_shared_memory_type: 'mmap',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  lc_messages: 'C',
  log_timezone: 'UTC',
  timezone: 'UTC',
  password_encryption: 'scram-sha-256',
};

const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const hbaLines = ({ hba, requireTls, certificate }: PostgresConfiguration): string[] => {
  if (hba !== undefined) return hba;
  if (requireTls && certificate === undefined) throw new RangeError('requireTls needs a certificate.');
  return [`${requireTls ? 'hostssl' : 'host'} all all all scram-sha-256`];
};

/** Keeps what `initdb` wrote, for the values that it found out about this machine. */
const initial = async (directory: string): Promise<string> => {
  const saved = join(directory, 'postgresql.initdb.conf');
  try {
    return await readFile(saved, 'utf8');
  } catch {
    const text = await readFile(join(directory, 'postgresql.conf'), 'utf8');
    await writeFile(saved, text);
    return text;
  }
};

/** Writes `postgresql.conf`, `pg_hba.conf` and the certificate into the data directory. */
export const writeConfiguration = async (
  directory: string,
  configuration: PostgresConfiguration,
  account: Account | undefined,
): Promise<void> => {
  const { certificate } = configuration;
  const tls = certificate
    ? {
        ssl: 'on',
        ssl_cert_file: 'server.crt',
        ssl_key_file: 'server.key',
        ssl_min_protocol_version: 'TLSv1.2',
      }
    : { ssl: 'off' };
  const parameters = { ...own, ...tls, ...configuration.parameters };
  const lines = Object.entries(parameters).map(([name, value]) => `${name} = ${quoted(value)}`);
  const files: Record<string, string> = {
    'postgresql.conf': `${await initial(directory)}\n${lines.join('\n')}\n`,
    'pg_hba.conf': `${hbaLines(configuration).join('\n')}\n`,
    ...(certificate && { 'server.crt': certificate.certificatePem, 'server.key': certificate.keyPem }),
  };
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    await writeFile(path, text, { mode: 0o600 });
    if (account) await chown(path, account.uid, account.gid);
  }
};

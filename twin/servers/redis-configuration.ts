/** What of a Redis server can be changed while its clients stay the same. */
export interface RedisConfiguration {
  /** What clients must authenticate with. */
  token: string;
  /** `tls`: nothing else is spoken on the port; `plain`: no TLS is. */
  transport: 'tls' | 'plain';
  /** Bytes at which writes are refused, because nothing is evicted; 0: no limit. */
  maxMemory: number;
}

/** Where administrators connect, whatever the port speaks. */
export const socketPath = (directory: string): string => `${directory}/redis.sock`;

/** Options in the order of the file; nothing is kept on disk. */
export const configurationFile = (
  directory: string,
  port: number,
  { token, transport, maxMemory }: RedisConfiguration,
): string =>
  [
    'bind 127.0.0.1',
    `port ${transport === 'plain' ? port : 0}`,
    `tls-port ${transport === 'tls' ? port : 0}`,
    `tls-cert-file ${directory}/server.crt`,
    `tls-key-file ${directory}/server.key`,
    'tls-auth-clients no',
    // While it stands still, whoever was accepted and has given up keeps a place in this line.
    'tcp-backlog 4096',
    `unixsocket ${socketPath(directory)}`,
    'unixsocketperm 700',
    `requirepass ${token}`,
    `maxmemory ${maxMemory}`,
    'maxmemory-policy noeviction',
    'save ""',
    'appendonly no',
    `dir ${directory}`,
    'daemonize no',
  ].join('\n');

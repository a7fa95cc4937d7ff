import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Passes connections on to a port of 127.0.0.1; everything that comes back arrives later by `delayMs`. */
export const startSlowProxy = async (
  target: number,
  delayMs: number,
): Promise<{ port: number; dispose(): void }> => {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => open.delete(socket));
    }
    client.on('data', (piece) => upstream.write(piece));
    client.on('close', () => upstream.destroy());
    const later = (act: () => void) => void setTimeout(() => !client.destroyed && act(), delayMs).unref();
    upstream.on('data', (piece) => later(() => client.write(piece)));
    upstream.on('end', () => later(() => client.end()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    dispose: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
};

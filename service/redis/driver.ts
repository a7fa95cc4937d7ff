/** ioredis, as the one who speaks the protocol. Loaded when Redis is used, and only then. */
import type { Socket } from 'node:net';
import { AbstractConnector, Redis as Driver } from 'ioredis';

/**
 * A client over a socket that is connected, encrypted and logged in: it sends commands and reads answers, and
 * leaves the rest to the pool. It makes no connection of its own, keeps no command for later, sends none twice,
 * has no password, and asks the server nothing by itself.
 * @throws when the socket is closed by now
 */
export const driverOver = async (socket: Socket): Promise<Driver> => {
  class Connected extends AbstractConnector {
    constructor() {
      super(0);
    }
    override connect(): Promise<Socket> {
      return Promise.resolve(socket);
    }
    // Its own way waits for the other side to close too, which one that hangs does not do.
    override disconnect(): void {
      socket.destroy();
    }
  }
  const driver = new Driver({
    Connector: Connected,
    lazyConnect: true,
    retryStrategy: null,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    enableReadyCheck: false,
    disableClientInfo: true,
    // The form of answers that does not depend on the version of the server.
    protocol: 2,
  });
  // Without a listener it writes errors to standard error. What they mean is told by the end that follows.
  driver.on('error', () => undefined);
  await driver.connect();
  return driver;
};

export type { Driver };

/** What a route says of itself, beside its path. */
declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its errors carry what the client of MLflow reads, too. */
    forMlflowClients?: boolean;
    /** Its body is passed on as it comes: no deadline for the whole of it. */
    passesBodyOn?: boolean;
  }
}

export {};

/**
 * A server with the health check of @nestjs/terminus. It has no indicator for the bare driver, and the one for
 * HTTP wants a further package; these are made as its documentation says, each with the 1 s that its own
 * indicators have. Decorators are called as functions: this code runs with its types taken off.
 */
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheck, HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import { serveParent } from '../parent.ts';
import { askAuth, askMlflow, askPostgres } from './dependency-checks.ts';

const timeoutMs = 1_000;

class HealthController {
  readonly health: HealthCheckService;
  readonly indicators: HealthIndicatorService;

  constructor(health: HealthCheckService, indicators: HealthIndicatorService) {
    this.health = health;
    this.indicators = indicators;
  }

  check() {
    const indicator = (name: string, ask: (signal: AbortSignal) => Promise<void>) => () =>
      this.indicators
        .check(name)
        .attempt(({ signal }) => ask(signal))
        .withTimeout(timeoutMs);
    return this.health.check([
      indicator('postgres', askPostgres),
      indicator('mlflow', askMlflow),
      indicator('auth', askAuth),
    ]);
  }
}

Inject(HealthCheckService)(HealthController, undefined, 0);
Inject(HealthIndicatorService)(HealthController, undefined, 1);
const { prototype } = HealthController;
const method = Object.getOwnPropertyDescriptor(prototype, 'check') as TypedPropertyDescriptor<unknown>;
Get('health')(prototype, 'check', method);
HealthCheck()(prototype, 'check', method);
Controller()(HealthController);

class AppModule {}
Module({ imports: [TerminusModule], controllers: [HealthController] })(AppModule);

const app = await NestFactory.create(AppModule);
await app.listen(0, '127.0.0.1');
serveParent({ port: (app.getHttpServer().address() as AddressInfo).port });

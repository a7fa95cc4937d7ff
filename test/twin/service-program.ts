const metric = (value: unknown): string =>
  JSON.stringify({
    _aws: {
      Timestamp: 1,
      CloudWatchMetrics: [{ Namespace: 'Breakwater', Dimensions: [[]], Metrics: [{ Name: 'HealthStatus' }] }],
    },
    HealthStatus: value,
  });

/** A program in the place of the service's: it does what the path says. */
export const program = `
import { createServer } from 'node:http';
let well = true;
process.on('SIGTERM', () => { console.log('draining'); if (!process.env.STUBBORN) setTimeout(() => process.exit(0), 50); });
createServer((request, response) => {
  if (request.url === '/environment') return response.end(JSON.stringify(process.env));
  if (request.url === '/ill') well = false;
  if (request.url === '/crash') { console.error('out of', 'memory'); process.exit(3); }
  if (request.url === '/fail') response.statusCode = 500;
  if (request.url === '/health') {
    response.statusCode = 503;
    return response.end(JSON.stringify({ status: 'unhealthy', services: { postgres: 'unhealthy', redis: 'healthy', mlflow: 'disabled' } }));
  }
  if (request.url === '/health/alb' && !well) response.statusCode = 503;
  response.end('from the service');
}).listen(Number(process.env.API_PORT), process.env.API_HOST, () => {
  console.log('{"level":"info","msg":"listening"}');
  console.log(${JSON.stringify(metric(1))});
  console.log(${JSON.stringify(metric('1'))});
});`;

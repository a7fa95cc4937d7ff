export type { ProxyOptions } from './proxy.ts';
export { addGatewayRoutes, type GatewayOptions } from './routes.ts';

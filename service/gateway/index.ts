export { addGatewayRoutes, type GatewayOptions } from './routes.ts';

import { readFileSync } from 'node:fs';
import {
  type IPolicyValidationContext,
  type IPolicyValidationPlugin,
  type PolicyValidationPluginReport,
  Stack,
} from 'aws-cdk-lib/core';
import { compareWithFlows, endsByParty, networkOf, stackOf } from '../../../core/network/index.ts';
import { type Environment, prefixOf } from '../../environments/index.ts';
import { environmentFlows } from './environment-flows.ts';

/** Stands for S3, whose public ranges the gateway endpoint leads to; the real ones differ by region. */
export const s3Ranges: readonly string[] = ['52.216.0.0/15'];

/**
 * Follows the packets through the network of the synthesized templates: every flow of the design passes, both
 * ways and from every subnet, and between any other two parties nothing does. Synthesis fails where they differ.
 */
export class NetworkPathCheck implements IPolicyValidationPlugin {
  readonly name = 'Network paths';
  readonly ruleIds = ['closed', 'open', 'stranger'];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  validate({ stackTemplates, appConstruct }: IPolicyValidationContext): PolicyValidationPluginReport {
    const names = new Map(
      appConstruct.node
        .findAll()
        .filter((node) => Stack.isStack(node))
        .map((stack) => [stack.node.path, stack.stackName]),
    );
    const stacks = stackTemplates.map(({ stackConstructPath, templatePath }) =>
      stackOf(
        names.get(stackConstructPath) ?? stackConstructPath,
        JSON.parse(readFileSync(templatePath, 'utf8')),
      ),
    );
    const network = networkOf(stacks, { prefixLists: { s3: s3Ranges } });
    const differences = compareWithFlows(network, {
      flows: environmentFlows(this.#environment),
      ends: endsByParty(network, { prefix: prefixOf(this.#environment) }),
      wayOut: this.#environment.network.egress === 'endpoints' ? 'prefix lists' : 'anywhere',
    });
    return {
      success: differences.length === 0,
      violations: differences.map(({ kind, sentence, fix }) => ({
        ruleName: kind,
        description: sentence,
        severity: 'error',
        violatingResources: stackTemplates
          .slice(0, 1)
          .map(({ stackConstructPath }) => ({ constructPath: stackConstructPath, locations: [] })),
        ...(fix !== undefined && { fix: `In a live network this would be: ${fix}` }),
      })),
    };
  }
}

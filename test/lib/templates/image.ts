import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { App, Stack } from 'aws-cdk-lib/core';
import { type CommitArguments, lastCommit } from '../../../lib/checkout/index.ts';
import { builtImage } from '../../../lib/constructs/service/image.ts';
import { projectRoot } from '../../../lib/project-root.ts';
import { scratch } from './scratch.ts';
import { cases, type Json, resourcesOf } from './synthesized.ts';

const dockerfile = readFileSync(join(projectRoot, 'service', 'Dockerfile'), 'utf8');

/** What git says of the files that the Dockerfile copies; nothing in a copy of the project without git. */
const committed = (() => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
    paths.split(' '),
  );
  const log = ['log', '-1', '--format=%H%n%cI', '--', ...copied, '.dockerignore'];
  const { stdout } = spawnSync('git', log, { cwd: projectRoot, encoding: 'utf8' });
  const [commit, time] = (stdout ?? '').split('\n');
  return commit && time ? { GIT_COMMIT: commit, GIT_COMMIT_TIME: time } : undefined;
})();

/** Images of an asset manifest that are built from service/Dockerfile: one, however many tasks run it. */
const imagesIn = (manifest: Json): [string, Json][] =>
  Object.entries<Json>(manifest.dockerImages ?? {}).filter(
    ([, { source }]) => source.dockerFile === 'service/Dockerfile',
  );

describe.each(cases)('image of %s', (_name, { environment, templates, serviceAssets }) => {
  test('the last commit that changed the image goes into it, and into no template', () => {
    const args = imagesIn(serviceAssets).map(([, { source }]) => source.dockerBuildArgs);
    expect(args).toEqual(environment.service.image ? [] : [committed]);
    const text = JSON.stringify(templates);
    for (const value of Object.values(committed ?? {})) expect(text).not.toContain(value);
  });

  test('it is built for the processor of every task definition, and for no other', () => {
    for (const [, { source }] of imagesIn(serviceAssets)) expect(source.platform).toBe('linux/arm64');
    const platforms = resourcesOf(templates.Service, 'AWS::ECS::TaskDefinition').map(
      ({ Properties: { RuntimePlatform } }) =>
        `${RuntimePlatform.OperatingSystemFamily}/${RuntimePlatform.CpuArchitecture}`.toLowerCase(),
    );
    expect([...new Set(platforms)]).toEqual(['linux/arm64']);
    const stages = [...dockerfile.matchAll(/^FROM --platform=(\S+) /gm)].map(([, platform]) => platform);
    expect(stages).toEqual(['$BUILDPLATFORM', 'linux/arm64']);
  });

  test('its own health check is the one of the container', () => {
    const [, interval, timeout, start, retries, command] =
      /^HEALTHCHECK --interval=(\d+)s --timeout=(\d+)s --start-period=(\d+)s --retries=(\d+) \\\n {2}CMD (.+)$/m.exec(
        dockerfile,
      ) ?? [];
    const checks = resourcesOf(templates.Service, 'AWS::ECS::TaskDefinition').flatMap(
      ({ Properties }) => Properties.ContainerDefinitions[0].HealthCheck ?? [],
    );
    expect(checks).toEqual([
      {
        Command: ['CMD', ...JSON.parse(command ?? '[]')],
        Interval: Number(interval),
        Timeout: Number(timeout),
        StartPeriod: Number(start),
        Retries: Number(retries),
      },
    ]);
  });
});

describe('the commit of the image', () => {
  const synthesisWith = (commit: CommitArguments) => {
    const outdir = scratch();
    // As the CDK command line asks for it.
    const context = { 'aws:cdk:enable-asset-metadata': true };
    const stack = new Stack(new App({ outdir, context, builtinCloudFormationValidation: false }), 'Image');
    new FargateTaskDefinition(stack, 'Task').addContainer('Container', { image: builtImage(commit) });
    (stack.node.root as App).synth();
    const read = (file: string): string => readFileSync(join(outdir, file), 'utf8');
    return { template: read('Image.template.json'), manifest: JSON.parse(read('Image.assets.json')) };
  };

  test('changes neither the asset nor the template', () => {
    const first = { GIT_COMMIT: 'a'.repeat(40), GIT_COMMIT_TIME: '2026-01-01T00:00:00Z' };
    const second = { GIT_COMMIT: 'b'.repeat(40), GIT_COMMIT_TIME: '2026-01-02T00:00:00Z' };
    const [one, other] = [synthesisWith(first), synthesisWith(second)];
    const [[hash, image] = [], ...more] = imagesIn(one.manifest);
    expect([image.source.dockerBuildArgs, more]).toEqual([first, []]);
    expect(imagesIn(other.manifest)).toEqual([
      [hash, { ...image, source: { ...image.source, dockerBuildArgs: second } }],
    ]);
    expect(other.template).toBe(one.template);
    expect(one.template).not.toContain(first.GIT_COMMIT);
  });

  test('is left out where git knows none', () => {
    expect(lastCommit(scratch(), ['service'])).toBeUndefined();
  });
});

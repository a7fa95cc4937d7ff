import { readdirSync } from 'node:fs';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage, CpuArchitecture, OperatingSystemFamily } from 'aws-cdk-lib/aws-ecs';
import { projectRoot } from '../../project-root.ts';

/** What the image is built from; everything else stays out of the build context and of its hash. */
const context = ['package.json', 'package-lock.json', 'tsconfig.json', 'core', 'service', '.dockerignore'];

/** Processor of the tasks; the image is built for it. */
export const runtimePlatform = {
  cpuArchitecture: CpuArchitecture.ARM64,
  operatingSystemFamily: OperatingSystemFamily.LINUX,
} as const;

/** The image of the service: the one that is named, or one built from `service/` when the stack is deployed. */
export const serviceImage = (name?: string): ContainerImage =>
  name
    ? ContainerImage.fromRegistry(name)
    : ContainerImage.fromAsset(projectRoot, {
        file: 'service/Dockerfile',
        platform: Platform.LINUX_ARM64,
        exclude: readdirSync(projectRoot).filter((entry) => !context.includes(entry)),
      });

import { readdirSync } from 'node:fs';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage, CpuArchitecture, OperatingSystemFamily } from 'aws-cdk-lib/aws-ecs';
import { type CommitArguments, imageFiles, lastCommit } from '../../checkout/index.ts';
import { projectRoot } from '../../project-root.ts';

/** Processor of the tasks; the image is built for it. */
export const runtimePlatform = {
  cpuArchitecture: CpuArchitecture.ARM64,
  operatingSystemFamily: OperatingSystemFamily.LINUX,
} as const;

let asked: { commit: CommitArguments | undefined } | undefined;

/** Asked once in each process: several environments are synthesized in one. */
const commitOfImage = (): CommitArguments | undefined => {
  asked ??= { commit: lastCommit(projectRoot, imageFiles) };
  return asked.commit;
};

/** The image that is built from `service/` when the stack is deployed; its `/version` answers the commit. */
export const builtImage = (commit = commitOfImage()): ContainerImage =>
  ContainerImage.fromAsset(projectRoot, {
    file: 'service/Dockerfile',
    platform: Platform.LINUX_ARM64,
    // What is not built in stays out of the build context and of its hash.
    exclude: readdirSync(projectRoot).filter((entry) => !imageFiles.includes(entry)),
    ...(commit && { buildArgs: commit }),
    // The files alone decide: a commit that changes none of them leaves image and template as they are.
    invalidation: { buildArgs: false },
  });

/** The image of the service: the one that is named, or else the built one. */
export const serviceImage = (name?: string): ContainerImage =>
  name ? ContainerImage.fromRegistry(name) : builtImage();

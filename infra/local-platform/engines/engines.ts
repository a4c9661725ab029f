/** A program that Tenure runs in a pinned version, and that is not an npm package. */
export interface Engine {
  readonly name: 'temporal' | 'pulumi';
  readonly title: string;
  readonly version: string;
  /** The environment variable that names an installed one. */
  readonly variable: 'TEMPORAL_CLI_PATH' | 'PULUMI_CLI_PATH';
  readonly versionArgs: readonly string[];
  /** What the pinned version reports as its version. */
  readonly fits: RegExp;
  readonly downloadHost: string;
  /** The Go command of this engine, pinned by the go.mod in the folder of its name. */
  readonly goPackage: string;
  readonly goLdflags: string;
}

export const ENGINES: readonly Engine[] = [
  {
    name: 'temporal',
    title: 'Temporal CLI',
    version: '1.5.1',
    variable: 'TEMPORAL_CLI_PATH',
    versionArgs: ['--version'],
    // A build from source may call itself 0.0.0-DEV; the server in it is what matters.
    fits: /\(Server 1\.29\.1, /,
    downloadHost: 'temporal.download',
    goPackage: 'github.com/temporalio/cli/cmd/temporal',
    goLdflags: '-s -w -X github.com/temporalio/cli/temporalcli.Version=1.5.1',
  },
  {
    name: 'pulumi',
    title: 'Pulumi CLI',
    version: '3.250.0',
    variable: 'PULUMI_CLI_PATH',
    versionArgs: ['version'],
    fits: /^v3\.250\.0\s*$/,
    downloadHost: 'get.pulumi.com',
    goPackage: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
    goLdflags: '-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.250.0',
  },
];
